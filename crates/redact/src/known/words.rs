//! Words around and within names that are no name by themselves.

use unicode_normalization::char::is_combining_mark;

/// Whether a character of a folded value is one of a word's.
pub(super) fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Short parts that begin sentences too.
#[rustfmt::skip]
pub(super) const SHORT_EVERYDAY: &[&str] = &[
    "all", "and", "any", "art", "bob", "can", "day", "der", "die", "don", "for", "gay", "guy", "has",
    "her", "his", "hot", "how", "jan", "joy", "may", "new", "not", "old", "one", "our", "pat", "red",
    "sky", "son", "sun", "the", "too", "two", "van", "von", "way", "web", "who", "why", "you", "las",
    "los", "les", "des", "del", "una", "mar", "sol", "luz", "paz", "rey", "neu", "ein", "ist", "bon",
];

/// What ends a street's name: its words are no person's.
#[rustfmt::skip]
pub(super) const STREETS: &[&str] = &[
    "avenue", "ave", "boulevard", "blvd", "circle", "close", "court", "crescent", "drive", "gasse",
    "highway", "lane", "parkway", "place", "platz", "plaza", "road", "rue", "square", "strasse",
    "street", "terrace", "trail", "via", "way",
];

/// Parts of names that are everyday words too: alone they count with a capital only.
#[rustfmt::skip]
pub(super) const EVERYDAY: &[&str] = &[
    "able", "angel", "april", "august", "baker", "bell", "best", "bill", "black", "blue", "brown",
    "case", "chase", "christian", "church", "cook", "cooper", "cross", "drew", "early", "english",
    "faith", "field", "fine", "fisher", "forest", "frank", "french", "good", "grace", "grant",
    "gray", "green", "hall", "heart", "hill", "holiday", "hope", "hunter", "jack", "joseph", "june",
    "justice", "king", "lake", "lane", "last", "little", "long", "love", "major", "mark",
    "mason", "melody", "mercy", "mills", "miller", "more", "nice", "page", "park", "parker",
    "paris", "patience", "pearl", "penny", "price", "prince", "rain", "rich", "river", "rivers",
    "robin", "rose", "ruby", "sharp", "short", "small", "smart", "smith", "snow", "star", "stone",
    "street", "strong", "summer", "summers", "swift", "taylor", "trip", "turner", "victor",
    "violet", "walker", "ward", "water", "waters", "weaver", "west", "white", "wild", "will",
    "winter", "wise", "wolf", "wood", "woods", "word", "young",
    "amber", "archer", "ball", "banks", "bush", "butler", "carter", "clay", "cole", "crystal", "daisy",
    "dale", "dawn", "dean", "deal", "destiny", "diamond", "dick", "down", "fields", "fish", "flowers",
    "fox", "gale", "gene", "glen", "gold", "harmony", "hazel", "head", "heath", "holly", "house", "iris",
    "ivory", "ivy", "jade", "jasmine", "josh", "judge", "knight", "lance", "light", "lily", "link",
    "marsh", "miles", "moon", "moss", "myrtle", "nick", "noble", "olive", "opal", "over", "pace", "pope",
    "porter", "post", "potter", "power", "powers", "ready", "reed", "rice", "rock", "root", "rusty",
    "sage", "sandy", "savage", "scarlet", "self", "serenity", "shepherd", "sherry", "skip", "sterling",
    "storm", "tanner", "temple", "tiffany", "trinity", "tripp", "vance", "vest", "virginia", "wade", "wall",
    "wells", "willow", "worth",
    // German, French, Spanish.
    "bauer", "berg", "braun", "ernst", "gross", "heide", "jung", "klein", "koch", "konig", "kurz",
    "lang", "neumann", "richter", "schwarz", "sommer", "stark", "stein", "vogel", "weiss", "herbst",
    "aime", "aimee", "beau", "blanc", "blanche", "bois", "boucher", "boulanger", "claire", "clement",
    "constance", "fleur", "fontaine", "france", "grand", "legrand", "marchand", "noel", "noir", "petit",
    "pierre", "reine", "roche", "roux", "blanco", "bravo", "bueno", "calle", "campo", "campos", "casa",
    "clara", "claro", "consuelo", "costa", "cruz", "delgado", "dolores", "dulce", "esperanza", "flores",
    "fuentes", "gloria", "guerra", "iglesias", "leal", "linda", "mercedes", "moreno", "pilar", "prado",
    "ramos", "reyes", "rico", "rosa", "rosario", "rubio", "santos", "sierra", "soledad", "torres", "vega",
    "viva", "marin", "leon", "castillo", "calvo", "bello", "bella", "luna", "mora", "moya", "santo",
    "vino", "viva", "conde", "marques", "duque", "guerrero", "herrero", "pastor", "molino", "paloma",
    // Russian, Polish.
    "вера", "роман", "надежда", "любовь", "слава", "роза", "лилия", "майя", "злата",
];

/// Titles before a name, and what stands behind one: they name nobody.
#[rustfmt::skip]
pub(super) const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "professor", "doctor", "sir", "madam", "herr", "frau",
    "herrn", "monsieur", "madame", "mme", "mlle", "senor", "senora", "sr", "sra", "signor", "signora",
    "pan", "pani", "г-н", "г-жа", "господин", "госпожа", "dhr", "mevr", "mevrouw", "meneer",
];

pub(super) const SUFFIXES: &[&str] =
    &["jr", "sr", "ii", "iii", "iv", "phd", "md", "esq", "junior", "senior"];

/// Words that belong to the name behind them: "van der Berg".
#[rustfmt::skip]
pub(super) const PARTICLES: &[&str] = &[
    "van", "von", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "das", "du", "la", "le",
    "las", "los", "ter", "ten", "zu", "zum", "zur", "af", "av", "al", "el", "bin", "ibn", "bint", "mac",
    "mc", "st", "san", "ben", "abu", "abd", "y", "e", "het",
];

/// Titles behind a name, in Chinese, Japanese and Korean.
#[rustfmt::skip]
pub(super) const EAST_ASIAN_TITLES: &[&str] = &[
    "先生", "女士", "小姐", "太太", "夫人", "老师", "老師", "经理", "經理", "同学", "同學", "医生", "醫生", "教授", "总",
    "様", "さま", "さん", "くん", "君", "ちゃん", "氏", "殿", "先輩", "部長", "課長", "社長",
];

pub(super) const KOREAN_TITLES: &[&str] =
    &["님", "씨", "군", "양", "선생", "고객", "대리", "과장", "부장", "사장", "팀장", "교수"];

/// What is written together with a Korean name.
#[rustfmt::skip]
pub(super) const KOREAN_PARTICLES: &[&str] = &[
    "님", "씨", "군", "양", "은", "는", "이", "가", "을", "를", "의", "에게", "께", "와", "과", "도", "만", "로", "한테",
    "하고", "랑", "야", "아", "입니다", "예요", "에요", "선생", "고객",
];
