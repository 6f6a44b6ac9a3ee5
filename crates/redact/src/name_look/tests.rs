use super::*;

#[test]
fn nobody_is_called_by_these() {
    let things = [
        "get_user_details",
        "getUserDetails",
        "tools/search",
        "std::mem",
        "Water Bottle",
        "T-Shirt",
        "Hiking Boots",
        "Bookshelf",
        "calculate",
        "Finish",
        "bash",
        "iPhone 15 Pro",
        "#1001",
        "24 inch",
        "$5 off",
        "Premium Plan",
        "Get the weather in a given city",
        "[known-value] bottle",
        "API",
        "ValidationError",
        "Basic Economy",
        "Acme Corp",
        "PROJ-007",
        "claude-3-sonnet",
        "column1",
        "mypropertygroup",
        "XXS",
        "Brazil",
        "North Carolina",
        "Joe's Fresh Seafood",
        "San Francisco International Airport",
    ];
    for thing in things {
        assert!(names_a_thing(thing), "{thing}");
        assert!(!names_a_person(thing), "{thing}");
    }
}

#[test]
fn people_are_called_by_these() {
    let people = [
        "Mia Li",
        "MIA LI",
        "Li, Mia",
        "Anne-Marie O'Neill",
        "J. R. Ewing",
        "Ludwig van der Berg",
        "Dr. Jane Roe",
        "José García",
        "王伟",
        "Мария Иванова",
        "Mia Li (Rossi)",
        "Rory McDonald",
        "Sofia de la Cruz",
    ];
    for person in people {
        assert!(!names_a_thing(person), "{person}");
        assert!(names_a_person(person), "{person}");
    }
}

#[test]
fn these_are_somebodys_only_where_nothing_says_otherwise() {
    for name in ["mia", "Mia", "mia_li_3668", "Anne-Marie", "O'Neill", "mia li", "Red"] {
        assert!(!names_a_thing(name), "{name}");
        assert!(!names_a_person(name), "{name}");
    }
}

#[test]
fn nobody_is_meant_by_these_among_people() {
    let nobody = [
        "#1001",
        "#D1",
        "4711",
        "Service Account",
        "my service account",
        "OpenAI Support",
        "Acme Inc.",
        "Operator",
        "[phone] [email]",
        "Acme [email] Ltd",
    ];
    for name in nobody {
        assert!(names_nobody(name), "{name}");
    }
    for name in
        ["Mia", "Mia Li (customer)", "Mia [email]", "#mia", "mia12", "Runner", "Mia Account"]
    {
        assert!(!names_nobody(name), "{name}");
    }
}
