//! The default lists of keys. Written as one would write the key; how keys are compared stands
//! in [`key_table`](crate::key_table).

use crate::key_class::KeyClass;

/// Keys that say the same about their values.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct KeyList {
    /// As one would write them; how keys are compared, [`Gate::classify`](crate::Gate::classify)
    /// tells.
    pub keys: &'static [&'static str],
    /// What they say.
    pub class: KeyClass,
    /// Whether they count as whole keys only, not as the ending of longer ones.
    pub whole: bool,
}

/// The default lists. Of two listed endings of a key the longer one wins.
pub const KEY_LISTS: [KeyList; 6] = [
    KeyList { keys: PLAIN, class: KeyClass::Plain, whole: false },
    KeyList { keys: SECRET, class: KeyClass::Secret, whole: false },
    KeyList { keys: SECRET_WHOLE, class: KeyClass::Secret, whole: true },
    KeyList { keys: PERSONAL, class: KeyClass::Personal, whole: false },
    KeyList { keys: PERSONAL_WHOLE, class: KeyClass::Personal, whole: true },
    KeyList { keys: NAME_WHOLE, class: KeyClass::Name, whole: true },
];

/// Secrets, also as the ending of a key (`aws_secret_access_key`, `db.password`).
#[rustfmt::skip]
const SECRET: &[&str] = &[
    // Passwords and codes.
    "password", "passwords", "passwd", "passwort", "pwd", "passphrase", "passcode", "passkey", "pw",
    "password_hash", "password_digest", "hashed_password", "db_pass", "user_pass", "smtp_pass",
    "secret", "secrets", "secret_value", "secret_string", "secret_text", "otp", "otp_code", "totp",
    "totp_secret", "mfa_code", "two_factor_code", "2fa_code", "verification_code", "security_code",
    "security_answer", "recovery_code", "recovery_codes", "backup_codes", "seed_phrase", "mnemonic",
    "mother_maiden_name", "mothers_maiden_name", "pswd", "psw", "passwrd", "pass_phrase",
    "pass_hash", "admin_pass", "root_pass", "ftp_pass", "mail_pass", "auth_pass", "redis_pass",
    "mysql_pass", "secret_id", "secret_answer", "one_time_code", "sms_code", "backup_code",
    "totp_code", "pin_code", "pin_number", "security_pin", "atm_pin", "access_code", "unlock_code",
    "reset_code", "login_code", "puk", "recovery_key", "recovery_keys", "recovery_phrase",
    "unseal_key", "unseal_keys",
    // Tokens and headers.
    "authorization", "proxy_authorization", "token", "auth_tokens", "access_tokens",
    "refresh_tokens", "api_tokens", "bearer", "cookie", "cookies", "set_cookie", "csrf", "xsrf",
    "jwt", "credential", "credentials", "creds", "session_cookie", "x_amz_signature",
    "x_amz_credential", "x_goog_signature", "webhook_url", "connection_string",
    "account_access_signature", "database_url", "dsn", "authorisation", "basic_auth",
    "rediscli_auth", "redis_auth", "npm_auth", "access_token", "auth_token", "id_token",
    "bot_token", "session_token", "csrf_token", "user_token", "sas_url", "shared_access_signature",
    "phpsessid", "jsessionid", "connect_sid",
    // Keys.
    "api_key", "api_keys", "apikey", "api_key_id", "access_key", "access_key_id", "secret_key",
    "secret_key_base", "private_key", "private_keys", "private_key_id", "privkey", "encryption_key",
    "decryption_key", "signing_key", "signing_secret", "master_key", "ssh_key", "account_key",
    "storage_key", "shared_key", "shared_access_key", "subscription_key", "license_key", "auth_key",
    "auth_code", "authorization_code", "hmac_key", "hash_key", "consumer_key", "client_key",
    "service_key", "service_account_key", "app_key", "application_key", "session_key", "admin_key",
    "root_key", "deploy_key", "pem", "keystore", "client_certificate_data", "client_key_data",
    "apikeys", "aes_key", "rsa_key",
    "cipher_key", "crypto_key", "jwt_key", "openai_key", "anthropic_key",
    "stripe_key", "aws_key", "azure_key", "gcp_key",
    // Payment and bank.
    "card_number", "card_no", "card_num", "card_pan", "credit_card", "credit_card_number",
    "debit_card", "debit_card_number", "payment_card", "cc_number", "cc_num", "cvv", "cvv2", "cvc",
    "cvc2", "card_code", "card_security_code", "card_verification", "card_pin", "iban",
    "account_number", "account_no", "bank_account", "bank_account_number", "routing_number",
    "sort_code", "kontonummer", "cvv_code", "cvc_code", "cvn", "account_num", "acct_number",
    "acct_no", "bank_account_no", "routing_no", "bban", "clabe", "kreditkarte",
    "kreditkartennummer", "kartennummer", "numero_de_carte", "numero_carte", "carte_bancaire",
    "numero_tarjeta", "numero_de_tarjeta", "tarjeta_de_credito", "cartao_de_credito",
    // Numbers a state gave.
    "ssn", "social_security_number", "social_security", "social_insurance_number", "tax_id",
    "tax_number", "taxpayer_id", "national_id", "national_id_number", "national_insurance_number",
    "identity_number", "identity_card", "id_card_number", "passport", "passport_number",
    "passport_no", "driver_license", "drivers_license", "driver_license_number",
    "drivers_license_number", "driving_licence", "driving_license", "nhs_number", "aadhaar",
    "aadhaar_number", "personnummer", "steuer_id", "medicare_number", "driver_licence",
    "drivers_licence", "passeport", "pasaporte", "passaporto", "reisepass", "reisepassnummer",
    "ausweisnummer", "personalausweisnummer", "sozialversicherungsnummer", "steuernummer",
    "numero_securite_sociale", "numero_de_securite_sociale", "codice_fiscale",
    // In other languages.
    "kennwort", "zugangscode", "mot_de_passe", "code_secret", "cle_api", "cle_secrete",
    "cle_privee", "contraseña", "clave_secreta", "clave_privada", "clave_api", "secreto", "senha",
    "palavra_passe", "segredo", "chave_api", "chave_secreta", "chave_privada", "chiave_api",
    "chiave_segreta", "chiave_privata", "segreto", "wachtwoord", "hasło", "heslo", "lösenord",
    "adgangskode", "kodeord", "passord", "salasana", "jelszó", "parolă", "şifre", "mật_khẩu",
    "kata_sandi", "пароль", "секрет", "токен", "парола", "κωδικός", "密码", "密碼", "口令", "密钥", "密鑰",
    "令牌", "パスワード", "暗証番号", "秘密鍵", "トークン", "비밀번호", "암호", "كلمة_المرور", "كلمة_السر", "סיסמה",
    "पासवर्ड", "รหัสผ่าน", "身份证", "身份证号", "银行卡号", "卡号", "信用卡",
];

/// Secrets also at the end of a word (`PGPASSWORD`, `myclientsecret`): no other word ends in these.
pub(crate) const GLUED: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "secret",
    "apikey",
    "secretkey",
    "privatekey",
    "accesskey",
    "accesstoken",
    "authtoken",
    "apitoken",
    "refreshtoken",
];

/// Secrets as whole keys only: as endings they mean something else (`boarding_pass`, `gift card`).
#[rustfmt::skip]
const SECRET_WHOLE: &[&str] = &[
    "card", "cards", "card_data", "card_details", "auth", "sig", "pin", "user_pin", "pan", "csc",
    "nino", "cpf", "curp", "pesel", "bsn", "nir", "sin", "tin", "key_material", "x_api_key", "sas",
    "sid_token", "mdp", "dni", "nif", "nie", "itin", "parola",
];

/// Personal, also as the ending of a key (`customerEmail`, `billing_address`).
#[rustfmt::skip]
const PERSONAL: &[&str] = &[
    // Where a person is reached.
    "email", "emails", "e_mail", "email_address", "email_addresses", "email_addr", "mail_address",
    "courriel", "correo", "correo_electronico", "phone", "phones", "phone_number", "phone_numbers",
    "phone_no", "telephone", "telephone_number", "tel", "telefon", "telefonnummer", "telefono",
    "mobile", "mobile_number", "mobile_phone", "cell_phone", "cell_number", "handynummer", "fax",
    "fax_number", "whatsapp", "whatsapp_number", "msisdn", "phone_num", "mobile_no", "telephone_no",
    "contact_number", "emailadresse", "mailadresse", "mobilnummer", "movil", "celular", "telefone",
    "telemovel", "cellulare", "telefoon", "telefoonnummer", "телефон", "почта", "电话", "電話", "手机",
    "手机号", "电话号码", "邮箱", "電話番号", "メールアドレス", "전화번호", "이메일",
    // Names of people.
    "first_name", "last_name", "full_name", "middle_name", "given_name", "family_name",
    "maiden_name", "birth_name", "legal_name", "real_name", "nick_name", "nickname", "surname",
    "surnames", "forename", "fname", "lname", "display_name", "customer_name", "contact_name",
    "user_name", "user_full_name", "passenger_name", "guest_name", "holder_name", "card_holder",
    "cardholder", "card_holder_name", "account_holder", "account_holder_name", "account_name",
    "name_on_card", "recipient_name", "sender_name", "patient_name", "employee_name", "person_name",
    "billing_name", "shipping_name", "caller_name", "member_name", "student_name", "visitor_name",
    "buyer_name", "seller_name", "owner_name", "driver_name", "vorname", "nachname", "prenom",
    "apellido", "apellidos", "cognome", "given_names", "family_names", "second_name",
    "preferred_name", "father_name", "mother_name", "spouse_name", "applicant_name",
    "subscriber_name", "traveler_name", "traveller_name", "beneficiary_name", "payer_name",
    "payee_name", "familienname", "geburtsname", "benutzername", "kundenname", "nom_de_famille",
    "nom_complet", "nombre_completo", "primer_nombre", "nome_completo", "sobrenome", "voornaam",
    "achternaam", "gebruikersnaam", "imię", "nazwisko", "förnamn", "efternamn", "fornavn",
    "etternavn", "efternavn", "фамилия", "отчество", "фио", "姓名", "氏名", "이름",
    // Where a person lives.
    "address", "addresses", "address_line", "addr", "street", "street_address", "street_name",
    "street_line", "house_number", "zip", "zip_code", "postal_code", "postal", "postcode",
    "post_code", "plz", "adresse", "anschrift", "strasse", "straße", "direccion", "indirizzo", "hausnummer",
    "postleitzahl", "wohnadresse", "lieferadresse", "rechnungsadresse", "code_postal", "calle",
    "codigo_postal", "endereço", "morada", "codice_postale", "adres", "straat", "straatnaam",
    "huisnummer", "ulica", "kod_pocztowy", "adress", "postnummer", "адрес", "地址", "住所", "주소",
    // When and where a person was born.
    "dob", "date_of_birth", "birth_date", "birthdate", "birthday", "birth_day", "birth_year",
    "place_of_birth", "birth_place", "birthplace", "geburtsdatum", "date_de_naissance",
    "fecha_de_nacimiento", "fecha_nacimiento", "date_birth", "geburtstag", "geburtsort",
    "naissance", "date_naissance", "lieu_de_naissance", "lugar_de_nacimiento", "nascita",
    "data_di_nascita", "luogo_di_nascita", "nascimento", "data_de_nascimento", "geboortedatum",
    "geboorteplaats", "data_urodzenia", "födelsedatum", "fødselsdato", "дата_рождения", "生日",
    "出生日期", "生年月日", "생년월일",
    // Who a person is to the business.
    "customer_id", "customer_number", "customer_no", "user_id", "end_user_id", "passenger_id",
    "patient_id", "member_id", "employee_id", "frequent_flyer_number", "loyalty_number",
    "kundennummer", "kunden_id", "klantnummer",
];

/// Personal as whole keys only.
#[rustfmt::skip]
const PERSONAL_WHOLE: &[&str] = &[
    "subject", "customer", "customers", "birth", "mail", "cell", "login", "contact_person",
    "caller", "enduser.id", "user", "username",
];

/// Names of something: a person's, unless they read like code.
const NAME_WHOLE: &[&str] = &["name", "names", "nom", "nombre", "nome", "naam", "имя", "名前"];

/// Endings that look like one of the above and say nothing.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    // Tokens a model counts, pages through or is stopped by.
    "page_token", "next_token", "next_page_token", "previous_page_token", "sync_token",
    "continuation_token", "stop_token", "eos_token", "bos_token", "pad_token", "unk_token",
    "sep_token", "max_token", "per_token", "first_token", "to_first_token", "last_token",
    "cost_per_token", "time_per_token", "time_to_first_token", "input_token", "output_token",
    "prompt_token", "completion_token", "idempotency_token", "deduplication_token",
    // Addresses of machines, and keys that open nothing.
    "ip_address", "mac_address", "server_address", "client_address", "peer_address", "host_address",
    "local_address", "remote_address", "network_address", "memory_address", "net.peer.address",
    "bind_address", "listen_address", "zip_file", "gzip", "user_name_field", "has_password",
    "password_required", "requires_password",
];

/// Types of texts.
pub(crate) const TYPES: [&str; 2] = ["string", "str"];
