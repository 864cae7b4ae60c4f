"""The command line: `kibubu COMMAND`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from time import monotonic
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table
from rich.text import Text

from domain.access.platform import GroupFounders
from domain.access.users import CreateUser
from domain.identifiers import new_id
from graph.settings import Environment, read_settings
from operations.console import CommandError, CommandRefusedError, err, explain, out
from operations.copies import refuse_external
from operations.copies import restore as restore_copy
from operations.documents import documents
from operations.first_admin import make_first_admin
from operations.installation import Installation, check_revision, migrate_external, open_installation
from operations.logs import configure_logging
from operations.overview import overview
from operations.progress import progress_bar
from operations.secrets_store import SecretsStore
from operations.signals import end_on_signals
from operations.tidying import CHANGES_KEPT, forget_changes
from operations.verification import VerificationReport, verify_books
from persistence.embedded import base_backup

__all__ = ["app", "main"]

MEBIBYTE = 1024 * 1024
PASSWORD_LINE_MAX = 4_096
FAULTS_SHOWN_MAX = 20

app = typer.Typer(
    name="kibubu",
    help="The back end for savings groups. Settings are read from the environment; see docs/operations.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(documents)


@app.command()
def serve() -> None:
    """Serve the API; with the embedded database, start and migrate that first."""
    from operations.serving import listen  # noqa: PLC0415 - no other command needs a server
    from operations.serving import serve as serve_until_stopped  # noqa: PLC0415 - as above

    settings = read_settings()
    taken = listen(settings)
    with taken, open_installation(settings, alone=True, make=True) as installation:
        asyncio.run(check_revision(installation.settings))
        serve_until_stopped(installation.settings, taken)


@app.command(hidden=True)
def run() -> None:
    """Serve on this machine, for development, with demonstration data if there is no group yet."""
    from operations.development import load_if_wanted, say_where  # noqa: PLC0415 - for development only
    from operations.serving import listen  # noqa: PLC0415 - as in `serve`
    from operations.serving import serve as serve_until_stopped  # noqa: PLC0415 - as above

    settings = read_settings(environment=Environment.DEVELOPMENT)
    if not settings.is_embedded:
        raise CommandRefusedError(
            "`kibubu run` loads data of people who do not exist, so it has a database of its own: unset DATABASE_URL, "
            "or use `kibubu serve` with the database that it names."
        )
    taken = listen(settings)
    with taken, open_installation(settings, alone=True, make=True) as installation:
        has_sign_ins = asyncio.run(load_if_wanted(installation))
        say_where(*taken.getsockname()[:2], with_sign_ins=has_sign_ins)
        serve_until_stopped(installation.settings, taken)


@app.command()
def migrate() -> None:
    """Bring the database to the revision that this release needs; make missing roles."""
    with open_installation(read_settings(), make=True) as installation:
        before, after = installation.migrated or migrate_external(installation)
    out.print(f"The database is at revision {after}" + (" already." if before == after else f", from {before or 0}."))


@app.command()
def init(
    name: Annotated[str, typer.Option(help="Name of the first administrator.")] = "",
    phone: Annotated[str, typer.Option(help="Phone number with country code, to sign in with.")] = "",
    email: Annotated[str, typer.Option(help="E-mail address, to sign in with.")] = "",
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the first line of standard input.")
    ] = False,
) -> None:
    """Make the first administrator; asks for what is not given."""
    settings = read_settings()
    admin = _first_admin(name, phone, email, password_stdin=password_stdin)
    with open_installation(settings, make=True) as installation:
        if installation.server is None:
            asyncio.run(check_revision(installation.settings))
        address = installation.owner_url("making the first administrator")
        asyncio.run(make_first_admin(address, installation.settings.keyring(), admin))
    out.print("The administrator can sign in now.")
    _remind_of_key(installation)


def _first_admin(name: str, phone: str, email: str, *, password_stdin: bool) -> CreateUser:
    asks = sys.stdin.isatty() and not password_stdin
    if asks:
        name = name or typer.prompt("Name")
        if not phone and not email:
            login = typer.prompt("Phone number with country code, or e-mail address")
            phone, email = ("", login) if "@" in login else (login, "")
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    elif password_stdin and name and (phone or email):
        password = sys.stdin.readline(PASSWORD_LINE_MAX).rstrip("\r\n")
    else:
        raise CommandRefusedError("Without a terminal, give --name, --phone or --email, and --password-stdin.")
    admin = CreateUser(
        idempotency_key=new_id(), name=name, phone=phone or None, email=email or None, password=password, is_admin=True
    )
    admin.checked()
    return admin


@app.command()
def platform(
    founders: Annotated[GroupFounders | None, typer.Option(help="Who begins groups from now on.")] = None,
    *,
    verification: Annotated[
        bool | None, typer.Option(help="Whether new groups wait until an administrator verified them.")
    ] = None,
) -> None:
    """Say what holds for the whole platform, once it was decided otherwise as the options say."""
    from operations.platform_settings import decide_for_platform  # noqa: PLC0415 - no other command needs it

    with open_installation(read_settings()) as installation:
        asyncio.run(check_revision(installation.settings))
        address = installation.owner_url("deciding for the platform")
        decided = asyncio.run(decide_for_platform(address, founders, is_verification_required=verification))
    out.print(decided)


@app.command()
def demo() -> None:
    """Load demonstration data: a year of groups, members and meetings of people who do not exist."""
    from graph.services import open_services  # noqa: PLC0415 - no other command needs the services
    from operations.demonstration import load_demonstration  # noqa: PLC0415 - as above

    async def load(installation: Installation) -> str:
        await check_revision(installation.settings)
        async with open_services(installation.settings) as services:
            with progress_bar("Demonstration data") as progress:
                address = installation.owner_url("loading demonstration data")
                return str(await load_demonstration(services, owner_address=address, progress=progress))

    with open_installation(read_settings(), make=True) as installation:
        said = asyncio.run(load(installation))
    out.print(said, markup=False)


@app.command()
def verify(group: Annotated[UUID | None, typer.Option(help="Verify the book of this group only.")] = None) -> None:
    """Recompute every book from its lines, in the database and independently in Python; ends with 1 on any fault."""

    async def work(installation: Installation) -> VerificationReport:
        await check_revision(installation.settings)
        with progress_bar("Entries") as progress:
            return await verify_books(installation.settings.addresses(), group_id=group, progress=progress)

    with open_installation(read_settings()) as installation:
        begun = monotonic()
        report = asyncio.run(work(installation))
        rate = report.entries_count / (monotonic() - begun)
    if group is not None and not report.books_count:
        raise CommandError(f"There is no book of {group}.")
    if report.is_sound:
        out.print(f"{report.books_count} books with {report.entries_count} entries are sound.")
        if report.entries_count:
            out.print(f"{rate:,.0f} entries were verified a second.")
        return
    for fault in report.faults[:FAULTS_SHOWN_MAX]:
        entry = "no entry in particular" if fault.entry_number is None else f"entry {fault.entry_number}"
        err.print(f"Group {fault.group_id}: {fault.kind} at {entry}, found by {fault.found_by}.", markup=False)
    if len(report.faults) > FAULTS_SHOWN_MAX:
        err.print(f"… and {len(report.faults) - FAULTS_SHOWN_MAX} faults more.")
    books = len({fault.group_id for fault in report.faults})
    raise CommandError(f"{books} of {report.books_count} books are not sound.")


@app.command()
def tidy() -> None:
    """Forget what no subscriber can ask for any more: changes of groups that are older than 180 days."""

    async def work(installation: Installation) -> int:
        await check_revision(installation.settings)
        with progress_bar("Groups") as progress:
            return await forget_changes(installation.settings.addresses(), progress=progress)

    with open_installation(read_settings()) as installation:
        groups = asyncio.run(work(installation))
    out.print(f"The change log of {groups} groups was shortened; {CHANGES_KEPT.days} days of it are kept.")


@app.command()
def status() -> None:
    """Say what is installed and running: versions, revision, counts and disk; never a secret."""
    with open_installation(read_settings()) as installation:
        state = asyncio.run(overview(installation))
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, version in state.versions.items():
        table.add_row(name, version)
    table.add_row("PostgreSQL", state.server_version)
    table.add_row("Database", Text(f"{state.database} ({state.database_bytes // MEBIBYTE} MiB)"))
    if state.home_free_bytes is not None:
        table.add_row("Free on disk", f"{state.home_free_bytes // MEBIBYTE} MiB")
    current = "newest" if state.is_current else f"this release needs {state.newest_revision}: run `kibubu migrate`"
    table.add_row("Revision", f"{state.revision or 'none'} ({current})")
    for name, count in state.counts.items():
        table.add_row(name.capitalize(), str(count))
    out.print(table)


@app.command()
def schema(
    *,
    check: Annotated[bool, typer.Option("--check", help="Compare with schema.graphql instead of printing.")] = False,
    lint: Annotated[
        bool, typer.Option("--lint", help="Check the rules of style, and what the last release promised.")
    ] = False,
    release: Annotated[bool, typer.Option("--release", help="Keep it as the schema of this release.")] = False,
) -> None:
    """Print the GraphQL schema, or look after it."""
    from graph.schema import schema as graphql_schema  # noqa: PLC0415 - no other command needs it
    from operations import schema as care  # noqa: PLC0415 - as above

    text = graphql_schema.as_str().rstrip("\n") + "\n"
    if check or not (lint or release):
        care.print_or_check(text, care.SCHEMA_FILE, sys.stdout.write, check=check)
    if lint:
        out.print(care.check_style(text), markup=False)
    if release:
        out.print(f"{care.release(text)} holds the schema of this release.", markup=False)


@app.command()
def errors(
    *,
    check: Annotated[bool, typer.Option("--check", help="Compare with docs/errors.md instead of printing.")] = False,
) -> None:
    """Print the page on the API's errors, made from the code."""
    from graph.schema import schema as graphql_schema  # noqa: PLC0415 - no other command needs it
    from operations import schema as care  # noqa: PLC0415 - as above
    from operations.schema_care.catalogue import error_catalogue  # noqa: PLC0415 - as above

    text = error_catalogue(graphql_schema._schema)  # noqa: SLF001 - the schema that Strawberry prints
    care.print_or_check(text, care.ERRORS_FILE, sys.stdout.write, check=check)


@app.command()
def backup(folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> None:
    """Copy the embedded database, also while it is served."""
    settings = read_settings()
    refuse_external(settings, "backup")
    with open_installation(settings) as installation:
        assert installation.server is not None  # noqa: S101 - an external one was refused
        report = base_backup(installation.server, folder.absolute())
    as_of = f"{report.started_at:%Y-%m-%d %H:%M:%S} UTC"
    out.print(f"{folder} holds {report.size_bytes // MEBIBYTE} MiB as of {as_of}.", markup=False)
    _remind_of_key(installation)


@app.command()
def restore(folder: Annotated[Path, typer.Argument(help="A folder that `kibubu backup` wrote.")]) -> None:
    """Replace the embedded database by a backup, once every book in it was verified."""
    settings = read_settings()
    refuse_external(settings, "restore")
    with progress_bar("Entries") as progress:
        done, verified = restore_copy(settings, folder.absolute(), progress=progress)
    out.print(f"Restored: {verified.books_count} books with {verified.entries_count} entries are sound.")
    if done.kept is not None:
        out.print(f"The data from before is in {done.kept}; remove it when you no longer want it.", markup=False)


@app.command(hidden=True)
def health() -> None:
    """End with 0 if the server that the settings name is ready."""
    from operations.health import EVERYWHERE, is_ready  # noqa: PLC0415 - no other command needs it

    settings = read_settings()
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    if not is_ready(host, settings.port):
        raise CommandError(f"Nothing at {host} port {settings.port} is ready.")


def _remind_of_key(installation: Installation) -> None:
    if installation.settings.master_key_file == SecretsStore(installation.settings.home).master_key_file:
        out.print(
            f"Keep a copy of {installation.settings.master_key_file} somewhere else: it is in no backup, and without "
            "it personal data cannot be read.",
            markup=False,
        )


def main() -> None:
    """The entry of the console script."""
    configure_logging()
    end_on_signals()
    try:
        app()
    except Exception as error:
        explained = explain(error)
        if explained is None:
            raise
        message, code = explained
        err.print(message, markup=False)
        sys.exit(code)


if __name__ == "__main__":
    main()
