"""Names that people in East Africa bear, by where they live. The people who bear them here do not exist."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from domain.members import Sex
from operations.demonstration.draws import draw

__all__ = ["PEOPLES", "People", "person_name"]


@dataclass(frozen=True, slots=True)
class People:
    """Those who live in one part of a country.

    Attributes:
        locale: The language in which they are addressed.
        given: Given names, of women and of men.
        family: Names that follow the given one, of women and of men; often the same for both.
    """

    locale: str
    given: tuple[tuple[str, ...], tuple[str, ...]]
    family: tuple[tuple[str, ...], tuple[str, ...]]


def _pair(women: str, men: str = "") -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(women.split()), tuple((men or women).split())


_KENYAN = _pair(
    "Mary Grace Jane Esther Faith Mercy Rose Lilian Beatrice Caroline Dorcas Eunice Florence Hellen Irene Janet Lucy "
    "Margaret Pauline Rebecca Ruth Sarah Susan Teresia Violet Winfred Josephine Monicah Salome Phoebe",
    "John Peter James Joseph David Daniel Samuel Stephen Francis Patrick George Paul Simon Charles Dennis Evans "
    "Geoffrey Isaac Kennedy Moses Benson Philip",
)
_COASTAL = _pair(
    "Amina Fatuma Mwanamisi Halima Zainab Rehema Mary Esther Mwanajuma Saumu Riziki Mariam Agnes Janet Hadija Mejumaa",
    "Ali Hassan Juma Omar Emmanuel Safari Rashid Bakari Samson Salim Hamisi Daniel Said Jackson",
)
_UGANDAN = _pair(
    "Sarah Prossy Juliet Harriet Christine Betty Florence Agnes Jane Rose Grace Margaret Josephine Teddy Sylvia Winnie "
    "Scovia Rebecca Immaculate Stella Proscovia Jennifer Hellen Milly",
    "Moses Robert Ronald Isaac Godfrey Charles Francis Denis Patrick Richard Geoffrey Fred Emmanuel Joseph Julius "
    "Simon Alex Bosco",
)
_TANZANIAN = _pair(
    "Neema Upendo Rehema Anna Mariam Happiness Witness Grace Zawadi Asha Fatuma Halima Pendo Joyce Editha Consolata "
    "Mwajuma Tatu Eliza Agness Ester Zuhura Paulina Veronica",
    "Juma Hamisi Emmanuel Baraka Elia Godlisten Joseph Daudi Yohana Rashidi Salum Charles Elias Musa Petro Shabani "
    "Amani Frank",
)

PEOPLES: Mapping[str, People] = MappingProxyType(
    {
        "Luo": People(
            "en-KE",
            _KENYAN,
            _pair(
                "Achieng Atieno Akinyi Anyango Awuor Adhiambo Auma Akoth Apiyo Aoko Awino Adoyo",
                "Ochieng Otieno Odhiambo Owino Okoth Onyango Omondi Ouma Oduor Okello Ogola Odongo",
            ),
        ),
        "Luhya": People(
            "sw-KE",
            _KENYAN,
            _pair(
                "Nekesa Nafula Nanjala Naliaka Nasimiyu Ayuma Khavetsa Imali Mukhwana Khasandi Namalwa Makungu",
                "Wafula Wekesa Barasa Simiyu Wanjala Makokha Shikuku Mukhwana Masinde Juma Lusweti Shivachi",
            ),
        ),
        "Kikuyu": People(
            "sw-KE",
            _KENYAN,
            _pair(
                "Wanjiru Wambui Njeri Wangari Nyambura Wairimu Muthoni Waithera Wanjiku Nyokabi Gathoni Wangui",
                "Kamau Mwangi Njoroge Kariuki Maina Kimani Gitau Macharia Ndungu Waweru Karanja Githinji",
            ),
        ),
        "Kamba": People(
            "sw-KE",
            _KENYAN,
            _pair(
                "Mwende Mueni Kanini Nduku Wayua Katunge Mumbua Syombua Ndinda Kavata Mutheu Kalondu",
                "Mutua Musyoka Kioko Muthama Mutiso Nzioka Kilonzo Wambua Mwanzia Makau Nzomo Kyalo",
            ),
        ),
        "Kalenjin": People(
            "en-KE",
            _KENYAN,
            _pair(
                "Chepkoech Cherono Jepkosgei Chebet Jerop Chelangat Jepchirchir Cherotich Chepngetich Jeptoo Chepkemoi",
                "Kiprotich Kipkemboi Cheruiyot Koech Rotich Kiplagat Langat Kipchumba Bett Korir Kipngetich",
            ),
        ),
        "Kisii": People(
            "en-KE",
            _KENYAN,
            _pair(
                "Kerubo Moraa Nyaboke Kemunto Bosibori Bochere Kwamboka Nyanchama Gesare Moragwa Nyamoita",
                "Nyakundi Mogaka Ombati Onsongo Momanyi Ondieki Bosire Makori Nyamweya Orina Mokaya",
            ),
        ),
        "Mijikenda": People(
            "sw-KE",
            _COASTAL,
            _pair("Kazungu Charo Katana Karisa Baya Ngala Chengo Nyale Mwaro Kahindi Mwangome Tsuma Ruwa Mwachiro"),
        ),
        "Ganda": People(
            "en-UG",
            _UGANDAN,
            _pair(
                "Nakato Namukasa Nabirye Nalwanga Namutebi Nansubuga Nakimuli Nabukenya Namuli Nassali Nakayiza",
                "Kato Ssemakula Mukasa Lubega Kaggwa Ssali Kizza Walusimbi Kasozi Lwanga Wasswa",
            ),
        ),
        "Acholi": People(
            "en-UG",
            _UGANDAN,
            _pair(
                "Acan Akello Aber Lamunu Apiyo Adong Atim Laker Amony Aciro Lalam",
                "Okello Odong Opiyo Ojok Komakech Otim Oryem Ocaya Rubangakene Oyet Okot",
            ),
        ),
        "Ankole": People(
            "en-UG",
            _UGANDAN,
            _pair(
                "Kyomuhendo Tumuhimbise Ainembabazi Kembabazi Kansiime Atuhaire Natukunda Ninsiima Kyarisiima "
                "Kobusingye Tumukunde",
                "Tumusiime Byaruhanga Mugisha Muhwezi Tumwesigye Twinomujuni Katungi Bamwine Kamugisha Turyasingura "
                "Mwesigwa",
            ),
        ),
        "Teso": People(
            "en-UG",
            _UGANDAN,
            _pair(
                "Akurut Apolot Ikiror Asekenye Akello Amoding Atai Alupo Ajilong Amulen Aguti",
                "Okiror Opolot Emuron Okurut Oluka Ekwaru Etyang Opio Okello Ojulong Omoding",
            ),
        ),
        "Chagga": People(
            "sw-TZ",
            _TANZANIAN,
            _pair("Mushi Massawe Kimaro Lyimo Temu Mosha Swai Shirima Urassa Tarimo Kessy Minja Shayo Mallya"),
        ),
        "Sukuma": People(
            "sw-TZ",
            _TANZANIAN,
            _pair("Masanja Shija Maduhu Mabula Luhende Magesa Nkwabi Bulugu Malimi Lusana Mihayo Ngassa Makoye"),
        ),
        "Hehe": People(
            "sw-TZ",
            _TANZANIAN,
            _pair("Kihwele Ngimba Sanga Mbilinyi Kikoti Chaula Nyagawa Mgaya Lupembe Luvanda Mhagama Kitosi"),
        ),
        "Shambaa": People(
            "sw-TZ",
            _TANZANIAN,
            _pair("Shemdoe Mhina Kihiyo Mbaga Semboja Kibwana Mrisho Salehe Shekuwe Mndeme Hozza Kaniki"),
        ),
    }
)
"""Who lives where, by what their neighbours call them."""


def person_name(people: People, sex: Sex, taken: Container[str], *names: object) -> str:
    """A name that nobody among `taken` bears; `names` are what it is drawn for."""
    which = 0 if sex is Sex.FEMALE else 1
    attempt = 0
    while True:
        given = people.given[which][draw(len(people.given[which]), *names, "given", attempt)]
        family = people.family[which][draw(len(people.family[which]), *names, "family", attempt)]
        name = f"{given} {family}"
        if name not in taken:
            return name
        attempt += 1
