//! Equality, formatting and rejection of distinguished names.

use super::*;

fn name(text: &str) -> DistinguishedName {
    DistinguishedName::parse(text).unwrap_or_else(|reason| panic!("{text:?}: {reason}"))
}

#[test]
fn different_notations_of_one_name_are_equal() {
    for spellings in [
        &[
            "CN=alice,O=Example,C=US",
            "C=US,O=Example,CN=alice",
            "C = US, O = Example, CN = alice",
            "/C=US/O=Example/CN=alice",
            "subject=CN=alice,O=Example,C=US",
            "subject=C = US, O = Example, CN = alice",
            "subject= /C=US/O=Example/CN=alice",
            "Subject: C=US, O=Example, CN=alice",
            " cn=Alice , o=EXAMPLE ; c=us ",
            "2.5.4.3=alice,OID.2.5.4.10=Example,countryName=US",
            "commonName=alice,organizationName=Example,C=US",
            "CN=#0C05616C696365,O=#13074578616D706C65,C=US",
            "CN=\"alice\",O=\"Example\",C=US",
            r"CN=\61lice,O=Exampl\65,C=US",
        ][..],
        &[
            r"CN=Example\, Inc.",
            "CN=\"Example, Inc.\"",
            "CN = \"Example, Inc.\"",
            r"CN=Example\2C Inc.",
            "/CN=Example, Inc.",
        ],
        &[
            "emailAddress=a@b.example,CN=a",
            "E=A@B.EXAMPLE,CN=a",
            "1.2.840.113549.1.9.1=#160B6140622E6578616D706C65,CN=a",
        ],
        &["CN=alice+UID=7,O=x", "UID=7+CN=alice,O=x", "O = x, CN = alice + UID = 7", "userId=7 + cn=Alice,O=x"],
        &[
            "CN=M\u{fc}ller",
            r"CN=M\C3\BCller",
            "CN=m\u{dc}LLER",
            r"/CN=M\xC3\xBCller",
            r"/CN=M\xFCller",
            "CN=#1E0C004D00FC006C006C00650072",
        ],
        &["CN=\u{39f}\u{394}\u{39f}\u{3a3}", "CN=\u{3bf}\u{3b4}\u{3bf}\u{3c2}", "CN=\u{3bf}\u{3b4}\u{3bf}\u{3c3}"],
        &["CN=a  b", r"CN=\ a b\ ", "CN=a\u{a0}b"],
        &["CN=", "CN=\"\"", "CN=#0C00"],
        &["1.2.3.4=#030200FF", "1.2.3.4 = #030200ff"],
        &["DC=com,DC=example", "DC = example, DC = com"],
        &["/CN=a/b/OU=c", r"/CN=a\/b/OU=c", "CN=a/b,OU=c"],
        &["/UID=7+CN=a+b/O=c", r"/UID=7+CN=a\+b/O=c", r"CN=a\+b+UID=7,O=c"],
        &[r"/CN=a\b", r"CN=a\5Cb"],
    ] {
        for spelling in spellings {
            assert_eq!(name(spelling), name(spellings[0]), "{spelling}");
            let written = name(spelling).to_string();
            assert_eq!(name(&written), name(spelling), "{spelling} is written as {written}");
        }
    }
}

#[test]
fn different_names_differ() {
    let names = [
        "CN=alice",
        "CN=alice,O=Example",
        r"CN=alice\,O\=Example",
        "CN=alice+O=Example",
        "O=alice,CN=Example",
        "CN=Example,CN=alice,O=x",
        "CN=alice,CN=Example,O=x",
        "CN=ali ce",
        "UID=alice",
        r"CN=alice\00",
        r"CN=alice\0A",
        "CN=alice\u{200b}",
        "CN=alice\u{ad}",
        "CN=al\u{131}ce",
        "CN=\u{ff41}lice",
        "CN=#0305616C696365",
        "1.2.3.4=alice",
        r"CN=\#0C05616C696365",
    ];
    for (index, one) in names.iter().enumerate() {
        for other in &names[index + 1..] {
            assert_ne!(name(one), name(other), "{one} and {other}");
        }
    }
}

#[test]
fn formats_names_according_to_rfc_4514() {
    for (text, written) in [
        (" C = US, O = \"Example, Inc.\", CN = alice ", r"C=US,O=Example\, Inc.,CN=alice"),
        (r"CN=\#a\+b\;c\<d\>e\\f\ ", r"CN=\#a\+b\;c\<d\>e\\f\ "),
        (r"CN=a\0Ab\00", r"CN=a\0Ab\00"),
        ("1.2.3.4=#030200FF", "1.2.3.4=#030200FF"),
        ("emailaddress=a@b.example", "emailAddress=a@b.example"),
        (r"CN=M\C3\BCller", "CN=M\u{fc}ller"),
    ] {
        assert_eq!(name(text).as_str(), written);
    }
}

#[test]
fn rejects_invalid_names_with_a_remedy() {
    for (text, part) in [
        ("", "copy what `openssl"),
        ("subject=", "copy what `openssl"),
        ("alice", "no attribute type"),
        ("CN=alice,", "no attribute type"),
        ("CN=alice,,O=x", "no attribute type"),
        ("CN=Example, Inc.", "no attribute type"),
        ("/alice", "no attribute type"),
        ("=alice", "unknown attribute type"),
        ("nosuch=alice", "unknown attribute type"),
        ("/nosuch=alice", "unknown attribute type"),
        ("CN=alice,*=x", "unknown attribute type"),
        ("CN=#0G", "hexadecimal"),
        ("CN=#0C05616C", "hexadecimal"),
        ("CN=#0", "hexadecimal"),
        ("CN=#", "hexadecimal"),
        ("CN=#30ff", "hexadecimal"),
        ("CN=\"alice", "quotation mark"),
        ("CN=\"alice\" b", "quotation mark"),
        ("CN=al\"ice", "quotation mark"),
        ("CN=alice\\", "trailing backslash"),
        (r"CN=\FF", "not UTF-8"),
    ] {
        let reason = DistinguishedName::parse(text).err().unwrap_or_else(|| panic!("{text:?} is accepted"));
        assert!(reason.contains(part), "{text:?}: {reason}");
    }
}

#[test]
fn every_accepted_text_round_trips() {
    let pieces = ["CN", "=", ",", "+", "\\", "\"", "#", "0c", "/", " ", "\u{fc}", "subject", "\\x4", ";"];
    for number in 0..pieces.len().pow(4) {
        let text: String = (0..4).map(|index| pieces[number / pieces.len().pow(index) % pieces.len()]).collect();
        if let Ok(parsed) = DistinguishedName::parse(&text) {
            assert_eq!(DistinguishedName::parse(parsed.as_str()), Ok(parsed), "{text:?}");
        }
    }
}
