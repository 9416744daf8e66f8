//! The policy file format: strictly parsed TOML.

use super::credentials::check_user_name;
use super::password::StoredHash;
use super::policy::Policy;
use super::standard::STANDARD_ROLES;
use super::{CertificateName, Cost, Grant, PolicyError, TokenDigest};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::SystemTime;
use toml::Spanned;

/// A parse error with its line number, starting at 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: usize,
    pub(crate) reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    roles: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    #[serde(default)]
    users: BTreeMap<Spanned<String>, FileUser>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileUser {
    #[serde(default)]
    roles: Vec<Spanned<String>>,
    password: Option<Spanned<String>>,
    #[serde(default)]
    tokens: Vec<FileToken>,
    #[serde(default)]
    certificates: Vec<Spanned<FileCertificate>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileToken {
    sha256: Spanned<String>,
    expires: Option<Spanned<toml::value::Datetime>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCertificate {
    dns: Option<String>,
    email: Option<String>,
    uri: Option<String>,
    subject: Option<String>,
    sha256: Option<String>,
}

impl FileCertificate {
    /// Returns the certificate name.
    ///
    /// # Errors
    /// [`PolicyError::InvalidCertificateName`] for an invalid name, or unless exactly one field is set.
    fn name(&self) -> Result<CertificateName, PolicyError> {
        let named = [
            self.dns.as_deref().map(CertificateName::dns),
            self.email.as_deref().map(CertificateName::email),
            self.uri.as_deref().map(CertificateName::uri),
            self.subject.as_deref().map(CertificateName::subject),
            self.sha256.as_deref().map(CertificateName::sha256),
        ];
        let mut named = named.into_iter().flatten();
        match (named.next(), named.next()) {
            (Some(name), None) => name,
            _ => Err(PolicyError::InvalidCertificateName {
                reason: "invalid certificate; use exactly one of `dns`, `email`, `uri`, `subject`, `sha256`",
            }),
        }
    }
}

/// Parses a policy and adds the standard roles.
pub(crate) fn parse(text: &str) -> Result<Policy, Fault> {
    let fault_at = |span: Range<usize>, reason: String| Fault { line: line(text, span.start), reason };
    let file: File = toml::from_str(text)
        .map_err(|error| fault_at(error.span().unwrap_or(0..0), redact_quoted(error.message()).replace('\n', " ")))?;
    if file.users.is_empty() {
        return Err(fault_at(0..0, "no users defined; add `[users.NAME]` with `roles = [..]`".to_owned()));
    }
    let policy = Policy::with_cost(cost(&file, &fault_at)?).with_standard_roles();
    for (name, grants) in &file.roles {
        let fault = |reason: String| fault_at(name.span(), reason);
        if STANDARD_ROLES.iter().any(|(standard, _)| standard == name.get_ref()) {
            return Err(fault(format!(
                "duplicate role `{}`: a standard role has this name; rename the role",
                name.get_ref()
            )));
        }
        check_user_name(name.get_ref()).map_err(|error| fault(error.to_string()))?;
        if grants.is_empty() {
            return Err(fault(format!("role `{}` has no grants; add some or remove the role", name.get_ref())));
        }
        for grant in grants {
            Grant::parse(grant.get_ref()).map_err(|error| fault_at(grant.span(), error.to_string()))?;
        }
        let grants: Vec<_> = grants.iter().map(|grant| grant.get_ref().as_str()).collect();
        policy.try_add_role(name.get_ref(), &grants).map_err(|error| fault(error.to_string()))?;
    }
    for (name, user) in &file.users {
        add_user(&policy, &file, name, user, &fault_at)?;
    }
    Ok(policy)
}

fn add_user(
    policy: &Policy,
    file: &File,
    name: &Spanned<String>,
    user: &FileUser,
    fault_at: &impl Fn(Range<usize>, String) -> Fault,
) -> Result<(), Fault> {
    for role in &user.roles {
        let is_standard = STANDARD_ROLES.iter().any(|(standard, _)| standard == role.get_ref());
        if !is_standard && !file.roles.contains_key(role.get_ref().as_str()) {
            let known = STANDARD_ROLES.iter().map(|(standard, _)| *standard);
            let mut known: Vec<_> = known.chain(file.roles.keys().map(|role| role.get_ref().as_str())).collect();
            known.sort_unstable();
            let reason = format!(
                "unknown role `{}`; expected one of `{}`",
                role.get_ref().escape_debug(),
                known.join("`, `").escape_debug()
            );
            return Err(fault_at(role.span(), reason));
        }
    }
    let roles: Vec<_> = user.roles.iter().map(|role| role.get_ref().as_str()).collect();
    policy.try_add_user(name.get_ref(), &roles).map_err(|error| fault_at(name.span(), error.to_string()))?;
    if let Some(hash) = &user.password {
        let set = policy.set_password_hash(name.get_ref(), hash.get_ref());
        set.map_err(|error| fault_at(hash.span(), error.to_string()))?;
    }
    for token in &user.tokens {
        let fault = |error: &dyn std::fmt::Display| fault_at(token.sha256.span(), error.to_string());
        let digest = TokenDigest::parse(token.sha256.get_ref()).map_err(|error| fault(&error))?;
        let expires = token.expires.as_ref().map(|expires| {
            expiry(expires.get_ref()).ok_or_else(|| {
                fault_at(
                    expires.span(),
                    "invalid expiry: not a UTC time; write it as `2027-01-01T00:00:00Z`".to_owned(),
                )
            })
        });
        policy.add_token(name.get_ref(), digest, expires.transpose()?).map_err(|error| fault(&error))?;
    }
    for certificate in &user.certificates {
        let added = certificate.get_ref().name().and_then(|known| policy.add_certificate(name.get_ref(), known));
        added.map_err(|error| fault_at(certificate.span(), error.to_string()))?;
    }
    Ok(())
}

/// Returns the cost that all password hashes in the file must share, or the default without hashes.
fn cost(file: &File, fault_at: &impl Fn(Range<usize>, String) -> Fault) -> Result<Cost, Fault> {
    let mut hashes: Vec<_> = file.users.values().filter_map(|user| user.password.as_ref()).collect();
    hashes.sort_by_key(|hash| hash.span().start);
    let mut found: Option<Cost> = None;
    for hash in hashes {
        let fault = |reason: String| fault_at(hash.span(), reason);
        let (_, cost) = StoredHash::parse(hash.get_ref()).map_err(|error| fault(error.to_string()))?;
        let cost = cost.in_range().map_err(|error| fault(error.to_string()))?;
        if *found.get_or_insert(cost) != cost {
            let reason = "invalid password hash: cost differs from the first one in the file, so response times would reveal \
                          which users exist; hash all passwords with the same `opsctl hash-password` options";
            return Err(fault(reason.to_owned()));
        }
    }
    Ok(found.unwrap_or_default())
}

fn expiry(datetime: &toml::value::Datetime) -> Option<SystemTime> {
    humantime::parse_rfc3339(&datetime.to_string()).ok()
}

/// Returns the line number of the byte at `position`.
fn line(text: &str, position: usize) -> usize {
    text.bytes().take(position).filter(|&byte| byte == b'\n').count() + 1
}

/// Redacts the quoted text in `message`: it is from the file and may contain a misplaced secret.
fn redact_quoted(message: &str) -> String {
    match (message.find('"'), message.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            format!("{}\"..{}", &message[..=first], &message[last..]).replace("\"\"", "\"")
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbac::hash_password;
    use std::sync::LazyLock;

    static CHEAP: LazyLock<String> =
        LazyLock::new(|| hash_password("s3cr3t", Cost::new(7 * 1024, 1, 1).unwrap()).unwrap());

    fn fault(text: &str) -> (usize, String) {
        let Fault { line, reason } = parse(text).err().unwrap_or_else(|| panic!("{text:?} is accepted"));
        (line, reason)
    }

    #[test]
    fn parses_roles_users_passwords_and_tokens() {
        let token = crate::rbac::Token::generate().unwrap();
        let text = format!(
            r#"
            [roles]
            cashier = ["tx:read", "tx:void"]

            [users.alice]
            roles = ["viewer", "cashier"]
            password = "{}"

            [[users.prometheus.tokens]]
            sha256 = "{}"
            expires = 2999-01-01T00:00:00Z

            [users.guest]
            "#,
            *CHEAP,
            token.digest()
        );
        let policy = parse(&text).unwrap();
        assert!(
            policy.can("alice", "tx:void") && policy.can("alice", "health:read") && !policy.can("alice", "admin:write")
        );
        assert!(policy.authenticate("alice", "s3cr3t") && !policy.authenticate("guest", ""));
        assert_eq!(policy.authenticate_token(token.reveal()).as_deref(), Some("prometheus"));
        assert_eq!(
            policy.snapshot().passwords.cost(),
            Cost::new(7 * 1024, 1, 1).unwrap(),
            "the decoy has the same cost"
        );
    }

    #[test]
    fn errors_have_the_line_and_a_remedy() {
        let segments = "use segments of `[a-z0-9_-]` joined by `:`, of which the last may be `*`";
        let names = "use 1 to 128 bytes without `:` and control characters";
        for (text, line, reason) in [
            ("", 1, "no users defined; add `[users.NAME]` with `roles = [..]`".to_owned()),
            (
                "[roles]\na = [\"b\"]\n",
                1,
                "no users defined; add `[users.NAME]` with `roles = [..]`".to_owned(),
            ),
            (
                "[users.a]\nrole = []",
                2,
                "unknown field `role`, expected one of `roles`, `password`, `tokens`, `certificates`".to_owned(),
            ),
            (
                "[users.a]\n[anonymous]\nroles = [\"*\"]",
                2,
                "unknown field `anonymous`, expected `roles` or `users`".to_owned(),
            ),
            ("[users.a]\n\n[users.a]", 3, "duplicate key".to_owned()),
            (
                "[users.a]\nroles = [\"viewer\", \"wiever\"]",
                2,
                "unknown role `wiever`; expected one of `debugger`, `operator`, `owner`, `scraper`, `viewer`".to_owned(),
            ),
            (
                "[users.a]\n[roles]\nempty = []",
                3,
                "role `empty` has no grants; add some or remove the role".to_owned(),
            ),
            (
                "[users.a]\n[roles]\nowner = [\"x\"]",
                3,
                "duplicate role `owner`: a standard role has this name; rename the role".to_owned(),
            ),
            ("[users.a]\n[roles]\nr = [\"tx:read\",\n  \"TX\"]", 4, format!("invalid permission `TX`; {segments}")),
            ("[users.\"a:b\"]", 1, format!("invalid name `a:b`; {names}")),
            (
                "[users.a]\npassword = \"secret\"",
                2,
                "invalid password hash: not a PHC string; write the output of `opsctl hash-password`".to_owned(),
            ),
            (
                "[users.a]\ntokens = [{ sha256 = \"secret\" }]",
                2,
                "invalid token digest: not 64 hexadecimal digits; write the SHA-256 of the token".to_owned(),
            ),
            (
                &format!("[users.a]\ntokens = [{{ sha256 = \"{}\", expires = 2027-01-01 }}]", "0".repeat(64)),
                2,
                "invalid expiry: not a UTC time; write it as `2027-01-01T00:00:00Z`".to_owned(),
            ),
            (
                &format!(
                    "[users.a]\ntokens = [{{ sha256 = \"{0}\" }}]\n[users.b]\ntokens = [{{ sha256 = \"{0}\" }}]",
                    "0".repeat(64)
                ),
                4,
                "duplicate token: already assigned to user `a`; generate another with `opsctl token`".to_owned(),
            ),
            (
                "[users.a]\n[[users.a.certificates]]\ndns = \"a\"\nuri = \"a\"",
                2,
                "invalid certificate; use exactly one of `dns`, `email`, `uri`, `subject`, `sha256`".to_owned(),
            ),
            (
                "[users.a]\ncertificates = [{ sha256 = \"00:11\" }]",
                2,
                "invalid fingerprint: not 64 hexadecimal digits; write the SHA-256 of the certificate".to_owned(),
            ),
            (
                "[users.a]\n\n[[users.a.certificates]]\nsubject = \"alice\"",
                3,
                "invalid subject: a part has no attribute type; write it as `CN=alice,O=Example`, and `\\,` for a comma in a \
                 value"
                    .to_owned(),
            ),
            (
                "[users.a]\ncertificates = [{ subject = \"CN=a,O=x\" }]\n[users.b]\ncertificates = [{ subject = \"/O=X/CN=A\" }]",
                4,
                "duplicate certificate name `subject = \"O=X,CN=A\"`: already assigned to user `a`; assign it to one user only"
                    .to_owned(),
            ),
            (
                "[users.a]\ncertificates = [{ dns = \"A.example\" }]\n[users.b]\ncertificates = [{ dns = \"a.EXAMPLE\" }]",
                4,
                "duplicate certificate name `dns = \"a.example\"`: already assigned to user `a`; assign it to one user only"
                    .to_owned(),
            ),
        ] {
            assert_eq!(fault(text), (line, reason), "{text:?}");
        }
    }

    #[test]
    fn rejects_password_hashes_of_different_cost() {
        let costlier = CHEAP.replace("t=1", "t=2");
        let (line, reason) =
            fault(&format!("[users.z]\npassword = \"{}\"\n[users.a]\npassword = \"{costlier}\"", *CHEAP));
        assert!(line == 4 && reason.contains("hash all passwords with the same"), "{line} {reason}");
        let (line, reason) = fault(&format!("[users.a]\npassword = \"{}\"", CHEAP.replace("m=7168", "m=4000000")));
        assert_eq!(
            (line, reason.as_str()),
            (2, "invalid argon2id cost: memory in KiB must be between 7168 and 262144, but is 4000000")
        );
    }

    #[test]
    fn errors_contain_no_secrets() {
        for text in [
            "[users.a]\npassword = [\"s3cr3t\"]",
            "[users.a]\ntokens = \"s3cr3t\"",
            "[users.a]\nroles = \"s3cr3t \\\" more s3cr3t\"",
            "[users]\na = \"s3cr3t\"",
            "[users.a]\npassword = \"s3cr3t",
            "[users.a]\npassword = \"s3cr3t\"\npassword = \"s3cr3t\"",
            "[users.a]\ntokens = [{ sha256 = \"s3cr3t\" }]",
        ] {
            let (_, reason) = fault(text);
            assert!(!reason.contains("s3cr3t") && !reason.contains('\n'), "{reason}");
        }
    }

    #[test]
    fn truncated_file_is_parsed_or_rejected() {
        let text = format!("[roles]\na = [\"b:*\"]\n[users.c]\nroles = [\"a\"]\npassword = \"{}\"\n", *CHEAP);
        for end in 0..text.len() {
            if let Ok(policy) = parse(&text[..end]) {
                assert!(text[..end].contains("[users.c]") && !policy.can("c", "admin:read"), "{end}");
            }
        }
        assert!(parse(&text).is_ok());
    }
}
