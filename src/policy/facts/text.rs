//! What can be told of a field's name and a scalar's text without knowing where they stand.

/// What a text is, besides possibly a secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Nature {
    /// Nothing that is known to be harmless.
    Literal,
    /// Names a secret that is elsewhere, or is replaced before it is used.
    Reference,
    /// Encrypted.
    Encrypted,
    /// Stands for a value that somebody has to fill in.
    Placeholder,
    /// Only a hash of a secret.
    Hash,
    /// Meant to be public: a certificate, a public key.
    Public,
    /// A number, a path, an address, a name in a cluster: no secret.
    Plain,
}

impl Nature {
    /// The word in facts.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Literal => "literal",
            Self::Reference => "reference",
            Self::Encrypted => "encrypted",
            Self::Placeholder => "placeholder",
            Self::Hash => "hash",
            Self::Public => "public",
            Self::Plain => "plain",
        }
    }
}

const REFERENCES: &[&str] = &[
    "vault:",
    "ref+",
    "secret://",
    "secrets://",
    "secretref:",
    "arn:",
    "op://",
    "awssm://",
    "gcp:",
    "projects/",
    "env:",
    "env(",
    "$env:",
    "%env(",
    "os.environ",
    "os.getenv",
    "process.env.",
    "file:",
    "file(",
    "data.",
    "var.",
    "local.",
    "module.",
    "/run/secrets/",
    "sm://",
    "ssm:",
    "aws-ssm:",
    "akv://",
];

/// Words that stand for a value; compared with the whole text, without `<>[]{}` around.
const PLACEHOLDERS: &[&str] = &[
    "admin",
    "admin123",
    "adminpassword",
    "bar",
    "baz",
    "change-me",
    "change_me",
    "changeit",
    "changeme",
    "default",
    "demo",
    "dummy",
    "empty",
    "example",
    "fake",
    "fixme",
    "foo",
    "foobar",
    "guest",
    "hello",
    "insecure",
    "letmein",
    "minio",
    "minio123",
    "minioadmin",
    "mock",
    "mysecret",
    "mypassword",
    "n/a",
    "none",
    "nothing",
    "notused",
    "null",
    "pass",
    "pass123",
    "passwd",
    "password",
    "password1",
    "password123",
    "placeholder",
    "postgres",
    "qwerty",
    "redacted",
    "removed",
    "replace-me",
    "replace_me",
    "replaceme",
    "root",
    "sample",
    "secret",
    "secretpassword",
    "supersecret",
    "tbd",
    "temp",
    "test",
    "test123",
    "testing",
    "todo",
    "token",
    "undefined",
    "unset",
    "unused",
    "user",
    "value",
    "yourpassword",
];

/// Parts of a text that make it a placeholder, whatever is around.
const PLACEHOLDER_PARTS: &[&str] = &[
    "change-me",
    "change_me",
    "changeme",
    "dummy",
    "example",
    "fixme",
    "insert-",
    "insert_",
    "not-a-",
    "not-real",
    "notreal",
    "placeholder",
    "put-your",
    "put_your",
    "redacted",
    "replace-",
    "replace_",
    "replaceme",
    "todo",
    "to-be-",
    "to_be_",
    "will-be-",
    "xxxx",
    "your-",
    "your_",
    "****",
    "....",
    "not-used",
    "not_used",
    "fake",
    "<your",
    "sample",
];

/// Classify a text.
pub(super) fn nature(text: &str) -> Nature {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if text.starts_with("ENC[")
        || text.starts_with("-----BEGIN AGE ENCRYPTED")
        || text.starts_with("-----BEGIN PGP MESSAGE")
        || is_sealed(text)
        || text.starts_with("$ANSIBLE_VAULT")
    {
        return Nature::Encrypted;
    }
    if ["{{", "${", "$(", "<path:", "((", "%{", "{%"].iter().any(|mark| text.contains(mark))
        || REFERENCES.iter().any(|mark| lower.starts_with(mark))
        || (text.starts_with('$') && text[1..].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
    {
        return if is_hash(text) { Nature::Hash } else { Nature::Reference };
    }
    if is_hash(text) {
        return Nature::Hash;
    }
    if text.contains("BEGIN CERTIFICATE")
        || text.contains("PUBLIC KEY-----")
        || lower.starts_with("ssh-")
        || lower.starts_with("ecdsa-")
    {
        return Nature::Public;
    }
    let core = lower.trim_matches(|c: char| "<>[]{}()\"'_-".contains(c));
    let bracketed = (text.starts_with('<') && text.ends_with('>')) || (text.starts_with('[') && text.ends_with(']'));
    if core.is_empty()
        || bracketed
        || PLACEHOLDERS.contains(&core)
        || PLACEHOLDER_PARTS.iter().any(|part| lower.contains(part))
        || is_monotonous(core)
    {
        return Nature::Placeholder;
    }
    if is_plain(text, &lower) { Nature::Plain } else { Nature::Literal }
}

/// A value of a `SealedSecret`: base64 of a version, a length and a ciphertext.
fn is_sealed(text: &str) -> bool {
    text.len() > 200 && (text.starts_with("AgA") || text.starts_with("AgB") || text.starts_with("AgC"))
}

fn is_hash(text: &str) -> bool {
    ["$2a$", "$2b$", "$2y$", "$argon2", "$pbkdf2", "$6$", "$5$", "$1$", "$apr1$", "{SHA}", "{SSHA}", "sha256:", "sha512:", "pbkdf2"]
        .iter()
        .any(|prefix| text.starts_with(prefix))
        // A line of an htpasswd file.
        || text.split_once(':').is_some_and(|(_, rest)| rest.starts_with("$2") || rest.starts_with("$apr1$") || rest.starts_with("{SHA}"))
}

/// One character again and again, or a run such as `12345678` and `abcdef`.
fn is_monotonous(text: &str) -> bool {
    let bytes = text.as_bytes();
    let step = |by: u8| bytes.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(by));
    bytes.len() > 2 && (step(0) || step(1) || "1234567890".repeat(4).contains(text))
}

/// Numbers, truth values, names of variables, paths, addresses without a password, host names and
/// durations.
fn is_plain(text: &str, lower: &str) -> bool {
    // `KUBE_TOKEN`: what a pipeline calls its secret.
    let is_variable = text.contains('_') && text.starts_with(|c: char| c.is_ascii_uppercase());
    if is_variable && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') {
        return true;
    }
    if text.parse::<f64>().is_ok_and(|_| text.len() < 12)
        || matches!(lower, "true" | "false" | "yes" | "no" | "on" | "off" | "enabled" | "disabled")
    {
        return true;
    }
    let is_path = text.starts_with('/') && !text.contains(' ') && text.bytes().filter(|b| *b == b'/').count() > 1
        || text.starts_with("./")
        || text.starts_with("../")
        || text.starts_with("~/");
    if is_path {
        return true;
    }
    match lower.split_once("://") {
        Some((_, rest)) => {
            !rest.split('/').next().is_some_and(|host| host.split_once('@').is_some_and(|(user, _)| user.contains(':')))
        }
        None => false,
    }
}

/// Whether a text is made of lower-case words joined by `-`, `_`, `.` or `/`, as names are: no
/// machine made it, and somebody who looks for a name may have written it.
pub(super) fn is_name_like(text: &str) -> bool {
    let words = text.split(['-', '_', '.', '/', ':', ' ']);
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_./: ".contains(&b))
        && words.clone().count() > 1
        && words.clone().all(|word| {
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            digits <= 2 || digits == word.len()
        })
        && words.filter(|word| word.bytes().any(|b| b"aeiou".contains(&b))).count() > 0
}

/// Shannon entropy of the characters, in bits per character.
pub(super) fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    text.bytes().for_each(|byte| counts[byte as usize] += 1);
    let total = text.len() as f64;
    let part = |count: &u32| {
        let share = f64::from(*count) / total;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(part).sum()
}

/// Words that make a field's name that of a credential when they come last or nearly last.
const CREDENTIALS: &[&[&str]] = &[
    &["password"],
    &["passwd"],
    &["passphrase"],
    &["pwd"],
    &["pass"],
    &["secret"],
    &["token"],
    &["apikey"],
    &["api", "key"],
    &["access", "key"],
    &["secret", "key"],
    &["private", "key"],
    &["encryption", "key"],
    &["signing", "key"],
    &["master", "key"],
    &["account", "key"],
    &["license", "key"],
    &["auth", "key"],
    &["app", "key"],
    &["application", "key"],
    &["connection", "string"],
    &["credentials"],
    &["client", "secret"],
    &["secret", "access", "key"],
    &["accesskey"],
    &["secretkey"],
    &["privatekey"],
    &["clientsecret"],
    &["webhook", "url"],
];

/// Words before `secret` that make it a value and not the name of an object that holds one.
const SECRET_OF: &[&str] = &[
    "api",
    "app",
    "application",
    "auth",
    "client",
    "consumer",
    "cookie",
    "encryption",
    "hmac",
    "jwt",
    "oauth",
    "session",
    "shared",
    "signing",
    "token",
    "webhook",
    "access",
    "csrf",
    "django",
    "rails",
    "rpc",
    "key",
];

/// Words of a name: `clientSecret`, `CLIENT_SECRET` and `client-secret` are `client`, `secret`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut lower_before = false;
    let mut start_word = true;
    for character in name.chars() {
        if !character.is_alphanumeric() {
            (start_word, lower_before) = (true, false);
            continue;
        }
        if start_word || (character.is_uppercase() && lower_before) {
            words.push(String::new());
        }
        start_word = false;
        lower_before = character.is_lowercase() || character.is_numeric();
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    words
}

/// Whether a field of this name holds a credential itself, rather than the name, place, age or
/// length of one.
pub(super) fn is_credential(name: &str) -> bool {
    let words = words(name);
    let ends = |tail: &[&str]| {
        words.len() >= tail.len() && words[words.len() - tail.len()..].iter().zip(tail).all(|(a, b)| a == b)
    };
    if !CREDENTIALS.iter().any(|tail| ends(tail)) {
        return false;
    }
    let negative = [
        "public", "has", "use", "enable", "require", "existing", "generate", "rotate", "max", "min", "is", "num",
        "allow", "disable",
    ];
    if words.iter().any(|word| negative.contains(&word.as_str())) {
        return false;
    }
    match words.as_slice() {
        [.., before, last] if last == "secret" => SECRET_OF.contains(&before.as_str()),
        [only] => only != "pass" && only != "secret" && only != "credentials",
        [.., last] => last != "credentials",
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_credentials() {
        for name in [
            "password",
            "DB_PASSWORD",
            "clientSecret",
            "github-token",
            "apiKey",
            "secret_key",
            "AWS_SECRET_ACCESS_KEY",
            "rootPassword",
            "JWT_SECRET",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in [
            "secretName",
            "existingSecret",
            "password_file",
            "passwordKey",
            "tokenExpiry",
            "secretKeyRef",
            "tls-secret",
            "imagePullSecret",
            "password_length",
            "token_url",
            "publicKey",
            "automountServiceAccountToken2",
            "key",
            "keyName",
            "enable_token",
            "credentials",
            "author",
            "bypass",
            "monkey",
            "SECRET_NAME",
            "secretStoreRef",
            "useToken",
        ] {
            assert!(!is_credential(name), "{name}");
        }
    }

    #[test]
    fn natures() {
        for (text, expected) in [
            ("${var.password}", Nature::Reference),
            ("$(DB_PASSWORD)", Nature::Reference),
            ("$DB_PASSWORD", Nature::Reference),
            ("vault:secret/data/db#password", Nature::Reference),
            ("<path:secret/data/db#password>", Nature::Reference),
            ("ref+vault://secret/db#/password", Nature::Reference),
            ("{{ .Values.password }}", Nature::Reference),
            ("arn:aws:secretsmanager:eu-west-1:1:secret:x", Nature::Reference),
            ("ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]", Nature::Encrypted),
            ("changeme", Nature::Placeholder),
            ("<PASSWORD>", Nature::Placeholder),
            ("REPLACE_ME", Nature::Placeholder),
            ("xxxxxxxx", Nature::Placeholder),
            ("your-token-here", Nature::Placeholder),
            ("12345678", Nature::Placeholder),
            ("********", Nature::Placeholder),
            ("", Nature::Placeholder),
            ("$2a$10$abcdefghijklmnopqrstuv", Nature::Hash),
            ("-----BEGIN CERTIFICATE-----\nMIIB", Nature::Public),
            ("ssh-ed25519 AAAAC3Nz", Nature::Public),
            ("/etc/secrets/password", Nature::Plain),
            ("https://example.org/token", Nature::Placeholder),
            ("https://login.corp.net/token", Nature::Plain),
            ("true", Nature::Plain),
            ("3600", Nature::Plain),
            ("Xk29!pQzr7Lm", Nature::Literal),
            ("postgres://app:Xk29pQzr7Lm@db:5432/app", Nature::Literal),
        ] {
            assert_eq!(nature(text), expected, "{text}");
        }
    }

    #[test]
    fn names_are_told_from_machine_made_text() {
        assert!(is_name_like("db-credentials") && is_name_like("external-secrets/github.app"));
        assert!(!is_name_like("x7f3k-92jd8-plq01") && !is_name_like("Xk29pQzr7Lm") && !is_name_like("hunter"));
    }

    #[test]
    fn entropy_counts_characters() {
        assert!(entropy("aaaaaaaa") < 0.1 && (entropy("abcdefgh") - 3.0).abs() < 1e-9);
    }
}
