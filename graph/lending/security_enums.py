"""What the enums of guarantees and collateral mean."""

from domain.lending.collateral import CollateralKind, CollateralStatus
from domain.lending.guaranteeing import GuaranteeStatus
from graph.enums import described

__all__: list[str] = []

described(
    GuaranteeStatus,
    "Where a guarantee is.",
    {
        "PLEDGED": "An officer noted it; the guarantor is still to accept it.",
        "ACCEPTED": "The guarantor stands surety.",
        "RELEASED": "She does no more, or never accepted it (declined).",
    },
)
described(
    CollateralKind,
    "What collateral is.",
    {
        "LAND": "Land.",
        "BUILDING": "A house or another building.",
        "VEHICLE": "A bicycle, motorcycle, car or boat.",
        "EQUIPMENT": "Machines and tools (stock of a business).",
        "LIVESTOCK": "Animals.",
        "CROPS": "A harvest, standing or stored.",
        "HOUSEHOLD_GOODS": "Furniture, a phone, a television.",
        "DOCUMENT": "A title deed or another paper that is handed over.",
        "OTHER": "Something else, as its description says.",
    },
)
described(
    CollateralStatus,
    "Whether collateral stands in for its loan.",
    {"HELD": "It does.", "RELEASED": "It does no more: it was given back."},
)
