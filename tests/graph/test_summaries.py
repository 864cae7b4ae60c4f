"""What a user has in all her groups together, and counts that are worked out when they are asked for."""

from __future__ import annotations

from tests.support.api import Api
from tests.support.world import World, shares, social_fund

TOTALS = """
query { viewer { totals {
  currency groupCount balances { shares sharesValue { amount currency } socialFundPaid { amount } }
} } }
"""


async def test_a_user_s_balances_are_summed_over_her_groups_by_currency(api: Api, world: World) -> None:
    secretary = await world.person()
    for currency, price, count in (("KES", "200", 2), ("KES", "50.50", 3), ("UGX", "2000", 1)):
        group = await world.group(currency=currency, share_price=price, secretary=secretary)
        meeting = await world.meeting(group)
        own, other = group.members[0], group.members[1]
        await world.record(group, meeting, shares(own, count), shares(other, 5), social_fund(own, "20"))
    client = api.client(secretary)
    assert (await client.query(TOTALS))["viewer"]["totals"] == [
        {
            "currency": "KES",
            "groupCount": 2,
            "balances": {
                "shares": 5,
                "sharesValue": {"amount": "551.50", "currency": "KES"},
                "socialFundPaid": {"amount": "40.00"},
            },
        },
        {
            "currency": "UGX",
            "groupCount": 1,
            "balances": {
                "shares": 1,
                "sharesValue": {"amount": "2000", "currency": "UGX"},
                "socialFundPaid": {"amount": "20"},
            },
        },
    ]
    # One statement enters, one sums, whatever the number of groups.
    assert (await api.count_statements(client, TOTALS)).count == 2


async def test_whoever_is_no_member_has_no_totals(api: Api, world: World) -> None:
    await world.group()
    for client in (await api.someone(), api.client(await world.admin())):
        assert (await client.query(TOTALS))["viewer"]["totals"] == []


async def test_members_and_meetings_are_counted_as_they_are(api: Api, world: World) -> None:
    group = await world.group()
    counts = "query Q($id: ID!) { group(id: $id) { memberCount meetingCount } }"
    await world.close_meeting(group, await world.meeting(group))
    await world.meeting(group)
    assert (await api.client(group.plain).query(counts, id=group.id))["group"] == {"memberCount": 5, "meetingCount": 1}
