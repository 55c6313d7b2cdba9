"""Work that follows a committed row: mails, files, builds; done by the worker, never by a web process."""
