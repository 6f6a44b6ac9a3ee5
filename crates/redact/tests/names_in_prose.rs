//! Names of other people's customers in ordinary text: a name that is a word too must not take it.

#![allow(clippy::unwrap_used)]

use ticketlens_redact::{Gate, GateConfig, Known};

#[rustfmt::skip]
const FIRST: &[&str] = &[
    "James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David", "Elizabeth", "William",
    "Barbara", "Richard", "Susan", "Joseph", "Jessica", "Thomas", "Sarah", "Charles", "Karen", "Daniel", "Nancy",
    "Mark", "Ashley", "Donald", "Emily", "Paul", "Donna", "Michelle", "Carol", "Kevin", "Brian", "George", "Hans",
    "Ursula", "Wolfgang", "Petra", "Klaus", "Sabine", "Jürgen", "Renate", "Uwe", "Stefan", "Karin", "Jean", "Marie",
    "Pierre", "Nathalie", "Michel", "Isabelle", "André", "Sylvie", "Philippe", "René", "Antonio", "María", "José",
    "Carmen", "Manuel", "Ana", "Juan", "Dolores", "Javier", "Pilar", "Jesús", "Carlos", "Rosa", "Giulia", "Marco",
    "Ivan", "Olga", "Piotr", "Anna", "Mehmet", "Ayşe", "Will", "Grace", "Rose", "Hope", "Frank", "Jack", "May", "June",
    "Tom", "Fred", "Peter", "Ian", "Ann", "Art", "Bill", "Pat", "Don", "Ray", "Max", "Eva", "Ida", "Mia", "Kim", "Lee",
];
#[rustfmt::skip]
const LAST: &[&str] = &[
    "Smith", "Johnson", "Brown", "Jones", "Miller", "Davis", "Wilson", "Taylor", "Moore", "Martin", "White", "Harris",
    "Clark", "Walker", "Young", "King", "Wright", "Scott", "Hill", "Green", "Baker", "Hall", "Carter", "Rain", "Rice",
    "Light", "Price", "Page", "Long", "Rich", "Case", "Power", "Lake", "Mart", "Lark", "Rant", "Lever", "Ridge", "Müller",
    "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Koch", "Bauer", "Richter", "Klein", "Wolf", "Neumann", "Schwarz",
    "Zimmermann", "Bernard", "Petit", "Durand", "Leroy", "Simon", "Laurent", "Roux", "Girard", "Bonnet", "Lambert", "Blanc",
    "Garcia", "López", "Pérez", "Flores", "Torres", "Ruiz", "Moreno", "Romero", "Ramos", "Gil", "Cruz", "Reyes", "Santos",
    "Rossi", "Russo", "Ferrari", "Petrov", "Ivanov", "Nowak", "Kowalski", "Yılmaz", "Demir", "Li", "Wang", "Kim", "Park",
    "Nguyen", "Will", "Best", "Good", "Early", "Last", "Short", "Small", "Fine", "Nice",
];

const PROSE: &[&str] = &[
    "I will look into the price of the long case and mark the page once the power is back. It may rain on the hill, and \
     the last train leaves early; a short walk past the lake and the park is a good and fine way to the market. We hope the \
     order arrives in July, and that the light in the hall is not too white. Please bill the rich taste of rice and roses to \
     the same account, with grace, and be frank with us: the best baker is on the bridge, the young king is a clever wolf. \
     All flights, in the worst case, are cancelled; another reason is the weather, and the smart clerk marks the marketing \
     department's benchmarks. Can the carter carry a green, a brown and a black box? They don't mind, and nobody hurries.",
    "Ich habe die Karte auf dem Markt verloren und kann die Rosen nicht mehr bezahlen. Der kleine, kurze und lange Weg führt \
     über den Berg, und die neue Bestellung ist noch nicht da. Wir haben schwarze und weisse Schuhe, aber keine jungen Wölfe. \
     Die Zimmer sind frei, die Marken sind klebrig, das Webergewebe ist grob. Im Mai und Juni ist es warm, und alle fahren \
     gern ans Meer. Bitte prüfen Sie den Preis, das Datum und die Adresse, bevor Sie kochen, backen oder fischen.",
    "Bonjour, je voudrais changer la petite robe blanche contre une robe rose, et le roux contre le noir. Le prix est clair, \
     la pierre est grande, le martinet chante, et les bonnets sont chauds. Nous avons simplement perdu le colis entre la \
     gare et la mairie. En mai, la marine passe devant le pont; les anneaux sont en or et la lampe est cassée.",
    "Hola, quiero cambiar las flores rojas por unas rosas blancas; las torres son altas y el moreno sonríe. La cruz de la \
     iglesia, los reyes y los santos están en la plaza. Mañana sale el tren para el mar, y el pilar del puente es de piedra. \
     Por favor, manden la factura con la fecha y la dirección correcta antes de junio, y gracias por la paciencia.",
    "let price = page.case(long).mark(light); p.price += w.rich; const MARK_ALL: Replacement::Mark; git rebase --root; a.lee, \
     x.hill, m.id, e.king, file.mli, t.rain(), flight.id, s.park, train_set, price2go, markdown.page, mark_read(), will_retry, \
     grace_period, hope(), june.csv, li.element, ul > li, li:hover, max_tokens, ray.init(), kim_id=4, art.png, pat=*.rs",
];

#[test]
fn ordinary_words_stay() {
    let names: Vec<String> =
        FIRST.iter().zip(LAST).map(|(first, last)| format!("{first} {last}")).collect();
    let gate = Gate::new(GateConfig::default()).unwrap();
    let known = Known::new(&names).unwrap();
    let mut wrong = Vec::new();
    let mut words = 0;
    for text in PROSE {
        for word in text.split_inclusive([' ', ';', ',']).collect::<Vec<_>>().chunks(4) {
            let part = word.concat();
            words += word.len();
            let cleaned = gate.pass(Some(&known)).text(&part).into_owned();
            if cleaned != part {
                wrong.push(format!("{part}  →  {cleaned}"));
            }
        }
    }
    assert!(words > 400, "{words}");
    assert!(wrong.is_empty(), "{} of {words}\n{}", wrong.len(), wrong.join("\n"));
}
