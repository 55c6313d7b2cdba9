"""The pages of the archive: a corpus goes in, page bodies come out, without any mkdocs type."""
