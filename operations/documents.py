"""`kibubu documents`: which documents front ends may run by their ids."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import asyncpg
import typer
from rich.table import Table

from graph.settings import read_settings
from operations.console import CommandError, err, out
from operations.installation import Installation, check_revision, open_installation

__all__ = ["documents"]

documents = typer.Typer(
    name="documents",
    help="Register the documents of a front end's build, so that it may run them by their ids.",
    no_args_is_help=True,
)

_Result = TypeVar("_Result")

Application = Annotated[str, typer.Argument(help="The application's name, such as field-app.")]
Version = Annotated[str, typer.Argument(help="Its version, such as 1.4.2 or a commit.")]


@documents.command()
def register(
    manifest: Annotated[Path, typer.Argument(help="The JSON file that the build wrote.")],
    application: Annotated[str, typer.Option(help="The application's name, such as field-app.")],
    version: Annotated[str, typer.Option(help="Its version, such as 1.4.2 or a commit.")],
) -> None:
    """Register a manifest: texts by id, as Relay and graphql-codegen write it, or one of Apollo's."""
    from operations.document_costs import dear_documents  # noqa: PLC0415 - as below
    from operations.manifests import checked_name, read_manifest  # noqa: PLC0415 - no other command needs the schema
    from persistence.documents import register_manifest  # noqa: PLC0415 - as above

    checked_name(application, "The name of an application")
    checked_name(version, "The version of an application")
    found = read_manifest(manifest)
    dear = dear_documents(found, read_settings().cost_max)
    if not _as_owner(lambda connection: register_manifest(connection, application, version, found)):
        raise CommandError(
            f"{application} {version} is registered already, with other documents: give this build a version of its "
            f"own, or remove that one with `kibubu documents remove {application} {version}`."
        )
    out.print(f"{application} {version} may run {_counted(len(found))} by id.", markup=False)
    for sentence in dear:
        err.print(sentence, markup=False)


@documents.command(name="list")
def list_() -> None:
    """List the applications and versions that registered documents."""
    from persistence.documents import list_manifests  # noqa: PLC0415 - no other command needs it

    manifests = _as_owner(list_manifests)
    if not manifests:
        out.print("No documents are registered.")
        return
    table = Table("Application", "Version", "Documents", "Registered", box=None, pad_edge=False)
    for each in manifests:
        when = f"{each.registered_at:%Y-%m-%d %H:%M} UTC"
        table.add_row(each.application, each.version, str(each.documents_count), when)
    out.print(table)


@documents.command()
def remove(application: Application, version: Version) -> None:
    """Remove a version's documents, but for those that another version registered; servers notice within a minute."""
    from persistence.documents import remove_manifest  # noqa: PLC0415 - no other command needs it

    gone = _as_owner(lambda connection: remove_manifest(connection, application, version))
    if gone is None:
        raise CommandError(f"{application} {version} is not registered: see `kibubu documents list`.")
    out.print(f"{application} {version} is removed, and {_counted(gone)} with it.", markup=False)


def _counted(count: int) -> str:
    return "1 document" if count == 1 else f"{count} documents"


def _as_owner(work: Callable[[asyncpg.Connection], Awaitable[_Result]]) -> _Result:
    """Do the work on a connection that may become the owner."""

    async def run(installation: Installation) -> _Result:
        address = installation.owner_url("registering documents")
        await check_revision(installation.settings)
        connection = await asyncpg.connect(address)
        try:
            return await work(connection)
        finally:
            await connection.close()

    with open_installation(read_settings()) as installation:
        return asyncio.run(run(installation))
