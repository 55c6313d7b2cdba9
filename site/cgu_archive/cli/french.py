"""Command lines that speak French: help, and what click says of a wrong call."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from cgu_archive.cli.speech import in_line
from cgu_archive.corpus.dates import start_of_day


class _Helped(click.Command):
    """Says `--help` in French."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return `--help`."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "Affiche cette aide."
        return option


class Command(_Helped):
    """A command whose help and errors are in French."""

    allow_extra_args = True

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, unless words are left that it does not know."""
        if ctx.args:
            ctx.fail(f"argument en trop : {' '.join(ctx.args)}.")
        return super().invoke(ctx)


class Group(_Helped, click.Group):
    """A group of commands whose help is in French."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commandes"):
            formatter.write_dl([(name, command.help or "") for name, command in self.commands.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that `args` begin with."""
        if args[0] not in self.commands:
            ctx.fail(f"commande « {args[0]} » inconnue. Commandes : {', '.join(self.commands)}.")
        return super().resolve_command(ctx, args)


class Instant(click.ParamType[datetime]):
    """An instant in UTC, or the day that begins in Paris."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the instant written `value`."""
        try:
            if len(value) == len("2026-01-05"):
                return start_of_day(date.fromisoformat(value))
            read = datetime.fromisoformat(value)
        except ValueError:
            read = None
        if read is None or read.tzinfo is None:
            self.fail(f"attendu 2026-01-05 ou 2026-01-05T08:00:00Z, trouvé « {value} ».", param, ctx)
        return read.astimezone(UTC)


class File(click.ParamType[Path]):
    """A file that is there."""

    name = "fichier"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path `value`."""
        if not Path(value).is_file():
            self.fail(f"le fichier « {in_line(value)} » n’existe pas.", param, ctx)
        return Path(value)


FILE = File()


def confirm(question: str) -> None:
    """Ask `question` on the error stream; raises `click.Abort` for any other answer than yes."""
    if click.prompt(question, "n", show_default=False, err=True).lower() not in ("o", "oui"):
        raise click.Abort


def wrong_call(error: click.UsageError) -> str:
    """Return in French what `error` says, and how to get help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    command = error.ctx.command_path if error.ctx else "cgu"
    return f"Appel incorrect : {_said(error)}\nAide : {command} --help"


def _said(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"option « {error.option_name} » inconnue."
        case click.BadOptionUsage():
            return f"option « {error.option_name} » : valeur absente ou de trop."
        case click.MissingParameter():
            return f"il manque {_name(error)}."
        case click.BadParameter(param=click.Parameter(type=click.Choice() as choice)):
            return f"{_name(error)} : attendu {', '.join(choice.choices)}."
        case click.BadParameter():
            return f"{_name(error)} : {error.message}"
        case _:
            return error.message


def _name(error: click.BadParameter) -> str:
    """Return the parameter as it is typed: ``--at``, ``ADRESSE``."""
    if error.param is None:
        return "un paramètre"
    return error.param.opts[0] if isinstance(error.param, click.Option) else str(error.param.metavar)
