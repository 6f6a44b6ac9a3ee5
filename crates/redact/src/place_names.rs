//! Countries and their parts as they stand in lists of them. Those that are first names as well
//! (Georgia, Jordan, Chad), or more often family names (Ireland, Washington), are none of them.

#[rustfmt::skip]
const PLACES: &[&str] = &[
    "Afghanistan", "Alaska", "Albania", "Algeria", "Andorra", "Angola", "Argentina", "Arkansas",
    "Armenia", "Australia", "Austria", "Azerbaijan", "Bahamas", "Bahrain", "Bangladesh",
    "Barbados", "Belarus", "Belgium", "Belize", "Benin", "Bhutan", "Bolivia",
    "Bosnia and Herzegovina", "Botswana", "Brazil", "British Columbia", "Brunei", "Bulgaria",
    "Burkina Faso", "Burundi", "California", "Cambodia", "Cameroon", "Canada", "Cape Verde",
    "Central African Republic", "Chile", "Colombia", "Colorado", "Comoros", "Congo", "Connecticut",
    "Costa Rica", "Croatia", "Cyprus", "Czech Republic", "Czechia", "Denmark", "Deutschland",
    "District of Columbia", "Djibouti", "Dominican Republic", "EU", "Ecuador", "Egypt",
    "El Salvador", "Equatorial Guinea", "Eritrea", "Estonia", "Eswatini", "Ethiopia", "Fiji",
    "Finland", "Florida", "Gabon", "Gambia", "Germany", "Ghana", "Great Britain", "Greece",
    "Greenland", "Guatemala", "Guinea", "Guinea-Bissau", "Guyana", "Haiti", "Hawaii", "Honduras",
    "Hong Kong", "Hungary", "Iceland", "Idaho", "Illinois", "Indonesia", "Iowa", "Iran", "Iraq",
    "Italy", "Ivory Coast", "Japan", "Kazakhstan", "Kentucky", "Kiribati", "Kosovo", "Kuwait",
    "Kyrgyzstan", "Laos", "Latvia", "Lebanon", "Lesotho", "Liberia", "Libya", "Liechtenstein",
    "Lithuania", "Louisiana", "Luxembourg", "Macau", "Madagascar", "Malawi", "Malaysia",
    "Maldives", "Manitoba", "Marshall Islands", "Maryland", "Massachusetts", "Mauritania",
    "Mauritius", "Mexico", "Michigan", "Micronesia", "Minnesota", "Mississippi", "Missouri",
    "Moldova", "Monaco", "Mongolia", "Montenegro", "Morocco", "Mozambique", "Myanmar", "Namibia",
    "Nauru", "Nebraska", "Nepal", "Netherlands", "New Brunswick", "New Caledonia", "New Hampshire",
    "New Jersey", "New Mexico", "New South Wales", "New York", "New Zealand", "Newfoundland",
    "Nicaragua", "Niger", "Nigeria", "North Carolina", "North Dakota", "North Korea",
    "North Macedonia", "Northern Ireland", "Northwest Territories", "Norway", "Nova Scotia",
    "Nunavut", "Ohio", "Oklahoma", "Oman", "Ontario", "Oregon", "Pakistan", "Palau", "Palestine",
    "Panama", "Papua New Guinea", "Paraguay", "Pennsylvania", "Peru", "Philippines", "Poland",
    "Portugal", "Prince Edward Island", "Puerto Rico", "Qatar", "Quebec", "Queensland", "Québec",
    "Rhode Island", "Romania", "Russia", "Russian Federation", "Rwanda", "Saint Lucia", "Samoa",
    "San Marino", "Saskatchewan", "Saudi Arabia", "Senegal", "Serbia", "Seychelles",
    "Sierra Leone", "Singapore", "Slovakia", "Slovenia", "Solomon Islands", "Somalia",
    "South Africa", "South Australia", "South Carolina", "South Dakota", "South Korea",
    "South Sudan", "Spain", "Sri Lanka", "Sudan", "Suriname", "Sweden", "Switzerland", "Syria",
    "Taiwan", "Tajikistan", "Tanzania", "Tasmania", "Texas", "Thailand", "Togo", "Tonga",
    "Trinidad and Tobago", "Tunisia", "Turkey", "Turkmenistan", "Tuvalu", "UAE", "UK", "US", "USA",
    "Uganda", "Ukraine", "United Arab Emirates", "United Kingdom", "United States",
    "United States of America", "Uruguay", "Utah", "Uzbekistan", "Vanuatu", "Vatican City",
    "Venezuela", "Vermont", "Vietnam", "West Virginia", "Western Australia", "Wisconsin",
    "Wyoming", "Yemen", "Yukon", "Zambia", "Zimbabwe",
];

/// Whether `text` is the name of one, and nothing else.
pub(crate) fn is_place(text: &str) -> bool {
    PLACES.binary_search(&text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_in_order() {
        assert!(PLACES.is_sorted_by(|a, b| a < b));
        assert!(is_place("Brazil") && is_place("New Zealand") && !is_place("Mia Brazil"));
    }
}
