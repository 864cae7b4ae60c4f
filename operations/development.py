"""What `make run` starts: the whole of Kibubu on this machine, with something in it to look at."""

from __future__ import annotations

from rich.table import Table

from graph.services import open_services
from operations.console import CommandRefusedError, out
from operations.demonstration import SIGN_INS, is_wanted, load_demonstration
from operations.demonstration.groups import SHOWCASE
from operations.demonstration.members import group_id
from operations.installation import Installation
from operations.jobs import VERIFY_JOB
from operations.progress import progress_bar
from persistence.database import Database, Isolation
from persistence.viewer import enter

__all__ = ["load_if_wanted", "say_where"]

_IS_THERE = "SELECT EXISTS (SELECT FROM ledger.heads WHERE tenant_id = $1)"


async def load_if_wanted(installation: Installation) -> bool:
    """Load demonstration data into a database without any group, or go on where that was cut off.

    Returns:
        Whether the demonstration data are there.

    Raises:
        LoginMissingError: The installation has no login for jobs, or none for administrators.
    """
    settings = installation.settings
    async with open_services(settings) as services:
        if await is_wanted(services.database):
            out.print("Loading demonstration data; this takes a minute or two, once.")
            with progress_bar("Demonstration data") as progress:
                address = installation.owner_url("loading demonstration data")
                try:
                    await load_demonstration(services, owner_address=address, progress=progress)
                except CommandRefusedError as refusal:
                    out.print(f"Serving without demonstration data. {refusal}", markup=False)
        return await _is_there(services.database)


async def _is_there(database: Database) -> bool:
    async with database.transaction(VERIFY_JOB.role, Isolation.READ) as connection:
        await enter(connection, VERIFY_JOB, None)
        return bool(await connection.fetchval(_IS_THERE, group_id(SHOWCASE)))


def say_where(host: str, port: int, *, with_sign_ins: bool) -> None:
    """Print where GraphiQL is and, of people who exist in demonstration data only, a sign-in for each role."""
    place = f"[{host}]" if ":" in host else host
    out.print(f"\nGraphiQL  http://{place}:{port}/graphiql/", markup=False)
    out.print(f"GraphQL   http://{place}:{port}/graphql\n", markup=False)
    if with_sign_ins:
        table = Table("Role", "Sign in with", "Password", box=None, pad_edge=False)
        for sign_in in SIGN_INS:
            table.add_row(sign_in.role, sign_in.login, sign_in.password)
        out.print(table)
    out.print("\nCtrl-C stops the server and its database.\n")
