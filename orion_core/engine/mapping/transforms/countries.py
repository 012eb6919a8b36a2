"""Countries: names and codes in, ISO 3166-1 alpha-2 out."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final
from unicodedata import combining, normalize

from orion_core.engine.mapping.context import Context, Unfit
from orion_core.engine.mapping.transforms.registry import Args, Bound, transform

# alpha-2, alpha-3, names: the English one first, then what people write. ISO 3166-1 and Unicode CLDR.
_COUNTRIES: Final = """
AD AND Andorra|AE ARE United Arab Emirates,UAE,Emirates|AF AFG Afghanistan|AG ATG Antigua and Barbuda|AI AIA Anguilla|AL ALB Albania
AM ARM Armenia|AO AGO Angola|AQ ATA Antarctica|AR ARG Argentina|AS ASM American Samoa|AT AUT Austria,Österreich|AU AUS Australia
AW ABW Aruba|AX ALA Åland Islands|AZ AZE Azerbaijan|BA BIH Bosnia and Herzegovina,Bosnia|BB BRB Barbados|BD BGD Bangladesh
BE BEL Belgium,België,Belgique,Belgien|BF BFA Burkina Faso|BG BGR Bulgaria|BH BHR Bahrain|BI BDI Burundi|BJ BEN Benin
BL BLM Saint Barthélemy|BM BMU Bermuda|BN BRN Brunei,Brunei Darussalam|BO BOL Bolivia|BQ BES Caribbean Netherlands|BR BRA Brazil,Brasil
BS BHS Bahamas,The Bahamas|BT BTN Bhutan|BV BVT Bouvet Island|BW BWA Botswana|BY BLR Belarus|BZ BLZ Belize|CA CAN Canada
CC CCK Cocos (Keeling) Islands|CD COD Democratic Republic of the Congo,DR Congo,Congo - Kinshasa|CF CAF Central African Republic
CG COG Congo,Republic of the Congo,Congo - Brazzaville|CH CHE Switzerland,Schweiz,Suisse,Svizzera|CI CIV Côte d'Ivoire,Ivory Coast
CK COK Cook Islands|CL CHL Chile|CM CMR Cameroon|CN CHN China,People's Republic of China,PRC,中国|CO COL Colombia|CR CRI Costa Rica
CU CUB Cuba|CV CPV Cape Verde,Cabo Verde|CW CUW Curaçao|CX CXR Christmas Island|CY CYP Cyprus|CZ CZE Czechia,Czech Republic,Česko
DE DEU Germany,Deutschland,Federal Republic of Germany,Allemagne|DJ DJI Djibouti|DK DNK Denmark,Danmark|DM DMA Dominica
DO DOM Dominican Republic|DZ DZA Algeria|EC ECU Ecuador|EE EST Estonia|EG EGY Egypt|EH ESH Western Sahara|ER ERI Eritrea
ES ESP Spain,España|ET ETH Ethiopia|FI FIN Finland,Suomi|FJ FJI Fiji|FK FLK Falkland Islands|FM FSM Micronesia|FO FRO Faroe Islands
FR FRA France|GA GAB Gabon
GB GBR United Kingdom,UK,Great Britain,England,Scotland,Wales,Northern Ireland,United Kingdom of Great Britain and Northern Ireland
GD GRD Grenada|GE GEO Georgia|GF GUF French Guiana|GG GGY Guernsey|GH GHA Ghana|GI GIB Gibraltar|GL GRL Greenland|GM GMB Gambia
GN GIN Guinea|GP GLP Guadeloupe|GQ GNQ Equatorial Guinea|GR GRC Greece,Hellas,EL|GS SGS South Georgia and South Sandwich Islands
GT GTM Guatemala|GU GUM Guam|GW GNB Guinea-Bissau|GY GUY Guyana|HK HKG Hong Kong,Hong Kong SAR China|HM HMD Heard and McDonald Islands
HN HND Honduras|HR HRV Croatia,Hrvatska|HT HTI Haiti|HU HUN Hungary,Magyarország
ID IDN Indonesia|IE IRL Ireland,Éire,Republic of Ireland
IL ISR Israel|IM IMN Isle of Man|IN IND India|IO IOT British Indian Ocean Territory|IQ IRQ Iraq|IR IRN Iran|IS ISL Iceland
IT ITA Italy,Italia|JE JEY Jersey|JM JAM Jamaica|JO JOR Jordan|JP JPN Japan,日本|KE KEN Kenya|KG KGZ Kyrgyzstan|KH KHM Cambodia
KI KIR Kiribati|KM COM Comoros
KN KNA Saint Kitts and Nevis|KP PRK North Korea|KR KOR South Korea,Korea,Republic of Korea,Korea Republic of,대한민국|KW KWT Kuwait
KY CYM Cayman Islands|KZ KAZ Kazakhstan|LA LAO Laos|LB LBN Lebanon|LC LCA Saint Lucia|LI LIE Liechtenstein|LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho|LT LTU Lithuania|LU LUX Luxembourg,Luxemburg|LV LVA Latvia|LY LBY Libya|MA MAR Morocco|MC MCO Monaco
MD MDA Moldova,Republic of Moldova|ME MNE Montenegro|MF MAF Saint Martin|MG MDG Madagascar|MH MHL Marshall Islands
MK MKD North Macedonia,Macedonia|ML MLI Mali|MM MMR Myanmar,Burma|MN MNG Mongolia|MO MAC Macao,Macau|MP MNP Northern Mariana Islands
MQ MTQ Martinique|MR MRT Mauritania|MS MSR Montserrat|MT MLT Malta|MU MUS Mauritius|MV MDV Maldives|MW MWI Malawi|MX MEX Mexico,México
MY MYS Malaysia|MZ MOZ Mozambique|NA NAM Namibia|NC NCL New Caledonia|NE NER Niger|NF NFK Norfolk Island|NG NGA Nigeria
NI NIC Nicaragua
NL NLD Netherlands,The Netherlands,Holland,Nederland|NO NOR Norway,Norge|NP NPL Nepal|NR NRU Nauru|NU NIU Niue
NZ NZL New Zealand,Aotearoa
OM OMN Oman|PA PAN Panama|PE PER Peru,Perú|PF PYF French Polynesia|PG PNG Papua New Guinea|PH PHL Philippines|PK PAK Pakistan
PL POL Poland,Polska|PM SPM Saint Pierre and Miquelon|PN PCN Pitcairn Islands|PR PRI Puerto Rico
PS PSE Palestine,Palestinian Territories
PT PRT Portugal|PW PLW Palau|PY PRY Paraguay|QA QAT Qatar|RE REU Réunion|RO ROU Romania,România|RS SRB Serbia
RU RUS Russia,Russian Federation|RW RWA Rwanda|SA SAU Saudi Arabia,KSA|SB SLB Solomon Islands|SC SYC Seychelles|SD SDN Sudan
SE SWE Sweden,Sverige|SG SGP Singapore
SH SHN Saint Helena|SI SVN Slovenia,Slovenija|SJ SJM Svalbard and Jan Mayen|SK SVK Slovakia,Slovensko|SL SLE Sierra Leone
SM SMR San Marino
SN SEN Senegal|SO SOM Somalia|SR SUR Suriname|SS SSD South Sudan|ST STP São Tomé and Príncipe|SV SLV El Salvador|SX SXM Sint Maarten
SY SYR Syria|SZ SWZ Eswatini,Swaziland|TC TCA Turks and Caicos Islands|TD TCD Chad|TF ATF French Southern Territories|TG TGO Togo
TH THA Thailand|TJ TJK Tajikistan|TK TKL Tokelau|TL TLS Timor-Leste,East Timor|TM TKM Turkmenistan|TN TUN Tunisia|TO TON Tonga
TR TUR Turkey,Türkiye|TT TTO Trinidad and Tobago|TV TUV Tuvalu|TW TWN Taiwan,臺灣,台灣|TZ TZA Tanzania|UA UKR Ukraine,Україна|UG UGA Uganda
UM UMI US Outlying Islands|US USA United States,United States of America,U.S.A.,U.S.,America,Estados Unidos|UY URY Uruguay
UZ UZB Uzbekistan
VA VAT Vatican City,Holy See|VC VCT Saint Vincent and the Grenadines|VE VEN Venezuela|VG VGB British Virgin Islands
VI VIR US Virgin Islands,Virgin Islands|VN VNM Vietnam,Viet Nam,Việt Nam|VU VUT Vanuatu|WF WLF Wallis and Futuna|WS WSM Samoa
XK XKX Kosovo
YE YEM Yemen|YT MYT Mayotte|ZA ZAF South Africa|ZM ZMB Zambia|ZW ZWE Zimbabwe
"""


def _fold(name: str) -> str:
    """Case, accents, dots and spaces aside."""
    plain = "".join(char for char in normalize("NFKD", name.casefold()) if not combining(char))
    return " ".join(plain.replace(".", "").replace("\u2019", "'").split())


@cache
def country_names() -> dict[str, str]:
    """Alpha-2 code → English name."""
    return {entry[:2]: entry[7:].split(",")[0] for line in _COUNTRIES.strip().splitlines() for entry in line.split("|")}


@cache
def _index() -> dict[str, str]:
    index: dict[str, str] = {}
    for line in _COUNTRIES.strip().splitlines():
        for entry in line.split("|"):
            for name in (entry[:2], entry[3:6], *entry[7:].split(",")):
                index[_fold(name)] = entry[:2]
    return index


@lru_cache(maxsize=4096)
def _look_up(name: str) -> str | None:
    folded = _fold(name)
    return _index().get(folded) or _index().get(folded.removeprefix("the "))


def country_of(value: Any) -> str | None:
    """The alpha-2 code of a country given as alpha-2, alpha-3 or name; None when it is none."""
    return _look_up(value) if isinstance(value, str) and len(value) < 80 else None


@transform("country_code", accepts=("text",), gives="text", examples=(("Deutschland", {}, "DE"), ("GBR", {}, "GB")))
def country_code(args: Args) -> Bound:
    """A country as name (English or its own), alpha-2 or alpha-3 → ISO 3166-1 alpha-2."""

    def forward(value: Any, ctx: Context) -> str | None:
        if not isinstance(value, str):
            raise Unfit(f"{type(value).__name__} is not a country")
        if not value.strip():
            return None
        found = country_of(value)
        if found is None:
            raise Unfit(f"unknown country {value!r}", flag="unknown")
        return found

    return Bound(forward, identity=True)
