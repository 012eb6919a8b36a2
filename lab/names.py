"""Names, cities and firms of the lab's people, per country.

Plain tables written for the lab. Mail domains end in .example and telephone numbers come
from ranges kept free for fiction where a country has them, so that nothing the lab shows
can reach a living person (RFC 2606). A first or last name that is not in Latin letters
is paired with its Latin form after a slash; the Latin form goes into e-mail addresses.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    """A place people live in: name, region (may be empty), postal pattern, area code."""

    name: str
    state: str
    postal: str
    area: str


@dataclass(frozen=True, slots=True)
class Locale:
    """What people of one country have in common."""

    country: str
    country_name: str
    language: str
    currency: str
    calling: str
    phone: str
    tax: int
    tax_name: str
    free_mail: str
    legal: str
    street: str
    firsts: tuple[tuple[str, str], ...]
    lasts: tuple[tuple[str, str], ...]
    cities: tuple[City, ...]
    streets: tuple[str, ...]


_SPECIAL = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d", "Ø": "O", "Ł": "L", "ı": "i", "İ": "I"})


def plain(text: str) -> str:
    """Lower-case ASCII letters and digits of a name, as e-mail addresses carry them."""
    folded = unicodedata.normalize("NFKD", text.translate(_SPECIAL))
    return re.sub(r"[^a-z0-9]", "", folded.encode("ascii", "ignore").decode().lower())


def _names(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for item in text.split(","):
        shown, _, latin = item.strip().partition("/")
        pairs.append((shown, plain(latin or shown)))
    return tuple(pairs)


def _cities(text: str) -> tuple[City, ...]:
    out = []
    for item in text.split(";"):
        name, state, postal, *area = (part.strip() for part in item.split("|"))
        out.append(City(name, state, postal, area[0] if area else ""))
    return tuple(out)


# country | its name | language | currency | calling code | national number | tax % | tax | free mail | legal form | street form
_TABLE: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "US|United States|en|usd|+1|($0) 555-01$4|8|Sales tax|mailbox.example|Inc.|{n} {s}",
        "James,Mary,Robert,Patricia,John,Jennifer,Michael,Linda,David,Elizabeth,William,Barbara,Tyrone,Keisha,Ethan,Madison,Carlos,Mei,Aaliyah,Wyatt",
        "Smith,Johnson,Williams,Brown,Jones,Miller,Davis,Rodriguez,O'Brien,Nguyen,Washington,Anderson,"
        "Thompson,MacDonald,Lee,Null,Van Buren,Kowalski,Goldberg,St. Clair",
        "San Francisco|CA|941##|415;Austin|TX|787##|512;Brooklyn|NY|112##|718;"
        "Chicago|IL|606##|312;Portland|OR|972##|503;Atlanta|GA|303##|404",
        "Market Street,Oak Avenue,Maple Drive,2nd Street,Lincoln Boulevard,Mission Street",
    ),
    (
        "GB|United Kingdom|en-GB|gbp|+44|020 7946 0$1|20|VAT|royalpost.example|Ltd|{n} {s}",
        "Oliver,Amelia,George,Isla,Harry,Ava,Noah,Emily,Freddie,Poppy,Callum,Niamh,Rhys,Siobhan,Mohammed,Priya",
        "Taylor,Davies,Evans,Wilson,Roberts,Walker,Wright,Hughes,Green,Hall,Wood,O'Connor,MacLeod,Begum,Patel,Fitzgerald",
        "London||EC1A #BB;Manchester||M1 #AE;Leeds||LS1 #UR;Cardiff||CF10 #BH;Glasgow||G1 #EA",
        "High Street,Station Road,Church Lane,Victoria Road,King's Road",
    ),
    (
        "DE|Germany|de|eur|+49|030 23125 $1|19|USt.|postfach.example|GmbH|{s} {n}",
        "Jürgen,Sabine,Björn,Käthe,Lukas,Anna,Maximilian,Lea,Felix,Hannah,Günther,Ute,Emre,Zeynep,Sören,Annegret",
        "Müller,Schmidt,Schneider,Fischer,Weber,Meyer,Groß,Schäfer,Köhler,Yılmaz,von der Heide,Lüdenscheidt,Bäcker,Strauß,Jäger,Kühn",
        "Berlin||101##;München||803##;Hamburg||200##;Köln||506##;Leipzig||041##",
        "Hauptstraße,Schillerstraße,Am Mühlbach,Goethestraße,Bahnhofstraße",
    ),
    (
        "FR|France|fr|eur|+33|01 99 00 $3|20|TVA|boite.example|SARL|{n} {s}",
        "Jean-Pierre,Élodie,François,Hélène,Benoît,Chloé,Loïc,Maëlle,Thierry,Zoé,Raphaël,Inès,Yanis,Amélie",
        "Martin,Bernard,Dubois,Lefèvre,Garnier,Noël,d'Artois,Le Goff,Benali,Chauvet,Rousseau,Fontaine,Desprès,Marchand",
        "Paris||750##;Lyon||690##;Marseille||130##;Nantes||440##;Besançon||250##",
        "rue de la République,avenue Victor-Hugo,rue du Château,boulevard Pasteur",
    ),
    (
        "ES|Spain|es|eur|+34|910 052 $1|21|IVA|correo.example|S.L.|{s} {n}",
        "María José,Antonio,Íñigo,Carmen,Begoña,Javier,Lucía,Álvaro,Nuria,Joaquín,Montserrat,Iker",
        "García,Fernández,Núñez,Ibáñez,López Cobos,Muñoz,Castaño,Peña,Etxeberria,Puig,Quiñones,Zúñiga",
        "Madrid||280##;Barcelona||080##;Sevilla||410##;A Coruña||150##",
        "Calle Mayor,Avenida de la Constitución,Calle de Alcalá,Plaza de España",
    ),
    (
        "BR|Brazil|pt-BR|brl|+55|(11) 5550-$2|0|ISS|caixa.example|Ltda.|{s}, {n}",
        "João,Beatriz,Thiago,Fernanda,Antônio,Conceição,Luã,Patrícia,Márcio,Débora,Vinícius,Iolanda",
        "da Silva,dos Santos,Oliveira,Souza,Gonçalves,Magalhães,Araújo,Brandão,Simões,de Assunção,Pereira,Mourão",
        "São Paulo|SP|013##-000;Rio de Janeiro|RJ|200##-010;Florianópolis|SC|880##-100",
        "Rua das Flores,Avenida Paulista,Rua XV de Novembro,Praça da Sé",
    ),
    (
        "JP|Japan|ja|jpy|+81|03-5550-$2|10|消費税|yubin.example|株式会社|{s}{n}番地",
        "太郎/taro,花子/hanako,健/ken,美咲/misaki,大輔/daisuke,さくら/sakura,翔太/shota,愛/ai,直樹/naoki,結衣/yui,浩/hiroshi,葵/aoi",
        "佐藤/sato,鈴木/suzuki,高橋/takahashi,田中/tanaka,渡辺/watanabe,伊藤/ito,山本/yamamoto,中村/nakamura,小林/kobayashi,髙﨑/takasaki,斎藤/saito,勅使河原/teshigawara",
        "千代田区|東京都|100-00##;大阪市北区|大阪府|530-00##;札幌市中央区|北海道|060-00##;福岡市博多区|福岡県|812-00##",
        "丸の内一丁目,梅田二丁目,大通西三丁目,博多駅前四丁目",
    ),
    (
        "KW|Kuwait|ar|kwd|+965|2220 $2|0|None|bareed.example|W.L.L.|{s}, Block {n}",
        "محمد/mohammad,فاطمة/fatima,عبد الله/abdullah,نورة/noura,يوسف/yousef,مريم/maryam,خالد/khaled,دلال/dalal",
        "الصباح/alsabah,العنزي/alanezi,المطيري/almutairi,الرشيدي/alrashidi,العجمي/alajmi,الكندري/alkandari,بن علي/binali,الهاجري/alhajri",
        "مدينة الكويت||130##;حولي||320##;السالمية||220##",
        "شارع الخليج العربي,شارع سالم المبارك,شارع فهد السالم",
    ),
    (
        "CN|China|zh-CN|cny|+86|010 5550 $2|13|增值税|youxiang.example|有限公司|{s}{n}号",
        "伟/wei,芳/fang,娜/na,敏/min,静/jing,磊/lei,子涵/zihan,欣怡/xinyi,浩然/haoran,雪/xue",
        "王/wang,李/li,张/zhang,刘/liu,陈/chen,杨/yang,欧阳/ouyang,司马/sima,赵/zhao,黄/huang",
        "北京市|北京|1000##;上海市|上海|2000##;深圳市|广东|5180##;成都市|四川|6100##",
        "长安街,南京东路,深南大道,人民南路",
    ),
    (
        "IN|India|en-IN|inr|+91|022 5550 $2|18|GST|dakghar.example|Pvt. Ltd.|{n}, {s}",
        "Aarav,Ananya,Rohan,Lakshmi,Vikram,Pooja,Arjun,Meenakshi,Sanjay,Ishita,Harpreet,Zainab",
        "Sharma,Iyer,Patil,Banerjee,Singh,Reddy,Khan,Venkataraman,Desai,Chaudhary,Nair,D'Souza",
        "Mumbai|MH|4000##;Bengaluru|KA|5600##;New Delhi|DL|1100##;Chennai|TN|6000##",
        "MG Road,Linking Road,Nehru Marg,Brigade Road",
    ),
    (
        "PL|Poland|pl|pln|+48|22 555 $3|23|VAT|poczta.example|Sp. z o.o.|ul. {s} {n}",
        "Łukasz,Małgorzata,Paweł,Agnieszka,Michał,Żaneta,Grzegorz,Zofia,Bartłomiej,Urszula",
        "Nowak,Kowalczyk,Wiśniewski,Wójcik,Dąbrowska,Brzęczyszczykiewicz,Zieliński,Łuczak,Ćwik,Źrebiec",
        "Warszawa||00-0##;Kraków||30-0##;Łódź||90-0##;Gdańsk||80-0##",
        "Marszałkowska,Długa,Piotrkowska,Świętokrzyska",
    ),
    (
        "SE|Sweden|sv|sek|+46|08-465 00$1|25|Moms|brevlada.example|AB|{s} {n}",
        "Åsa,Göran,Märta,Björn,Linnéa,Örjan,Saga,Håkan,Elin,Sixten",
        "Andersson,Öberg,Lindström,Åkesson,Bergqvist,Sjögren,Hård af Segerstad,Nyström,Ek,Wallén",
        "Stockholm||111 ##;Göteborg||411 ##;Malmö||211 ##;Umeå||903 ##",
        "Storgatan,Drottninggatan,Kungsgatan,Östra Hamngatan",
    ),
    (
        "NG|Nigeria|en-NG|ngn|+234|0803 555 0$1|7|VAT|lagosmail.example|Ltd|{n} {s}",
        "Chukwuemeka,Ngozi,Oluwaseun,Adaeze,Ibrahim,Aisha,Tunde,Funmilayo,Emeka,Halima",
        "Okafor,Adeyemi,Balogun,Eze,Abubakar,Okonkwo,Olawale,Nwosu,Danjuma,Ogunleye",
        "Lagos|LA|1012##;Abuja|FC|9002##;Ibadan|OY|2002##",
        "Broad Street,Awolowo Road,Ahmadu Bello Way",
    ),
)


def _locale(row: tuple[str, str, str, str, str]) -> Locale:
    code, name, language, currency, calling, phone, tax, tax_name, mail, legal, street = row[0].split("|")
    return Locale(
        code, name, language, currency, calling, phone, int(tax), tax_name, mail, legal, street,
        _names(row[1]), _names(row[2]), _cities(row[3]), tuple(s.strip() for s in row[4].split(",")),
    )  # fmt: skip


LOCALES: tuple[Locale, ...] = tuple(_locale(row) for row in _TABLE)

# how often each country turns up among twenty people in a row
_WEIGHTS = {"US": 5, "GB": 2, "DE": 2, "JP": 2}
SLOTS: tuple[int, ...] = tuple(
    index for index, locale in enumerate(LOCALES) for _ in range(_WEIGHTS.get(locale.country, 1))
)

TRADES: tuple[str, ...] = (
    "Analytics", "Logistics", "Robotics", "Foods", "Textiles", "Energy", "Software", "Marine", "Optics", "Media",
    "Pharma", "Mobility", "Ceramics", "Aerospace", "Coffee", "Instruments",
)  # fmt: skip
INDUSTRIES: tuple[str, ...] = (
    "COMPUTER_SOFTWARE", "LOGISTICS_AND_SUPPLY_CHAIN", "INDUSTRIAL_AUTOMATION", "FOOD_PRODUCTION", "TEXTILES",
    "RENEWABLES_ENVIRONMENT", "COMPUTER_SOFTWARE", "MARITIME", "MEDICAL_DEVICES", "BROADCAST_MEDIA", "PHARMACEUTICALS",
    "AUTOMOTIVE", "GLASS_CERAMICS_CONCRETE", "AVIATION_AEROSPACE", "FOOD_BEVERAGES", "ELECTRICAL_ELECTRONIC_MANUFACTURING",
)  # fmt: skip
JOBS: tuple[str, ...] = (
    "Head of Finance", "CTO", "Office Manager", "Account Executive", "Founder", "Buyer", "Data Engineer",
    "Accounts Payable", "VP Sales", "Operations Lead", "Designer", "Product Manager",
)  # fmt: skip
