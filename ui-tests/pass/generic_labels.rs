//! Label sets with lifetimes, type parameters, const parameters and `where` clauses.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code)]

use ops::{LabelValue, Labels};

#[derive(Labels)]
#[allow(clippy::type_repetition_in_bounds, reason = "under test")]
struct Request<'a, T: Copy, const N: usize>
where
    T: Into<u64>,
{
    r#type: T,
    route: &'a str,
    status: Option<u16>,
    #[label(flatten)]
    place: Place<'a>,
    #[label(skip)]
    _bytes: [u8; N],
}

#[derive(Labels)]
struct Place<'a> {
    #[label("zone")]
    shelf: &'a str,
}

#[derive(Labels)]
struct Wrapped<L> {
    method: Method,
    #[label(flatten)]
    rest: L,
    cached: bool,
}

#[derive(Labels)]
struct Borrowed<'a, T, K: Keyed> {
    value: &'a T,
    key: K::Key,
}

trait Keyed {
    type Key;
}

impl Keyed for () {
    type Key = u8;
}

#[derive(Labels)]
struct Nothing;

#[derive(Labels)]
struct Empty {}

#[derive(LabelValue, Clone, Copy)]
#[label("verb")]
enum Method {
    Get,
    Post {},
    #[label(rename = "OPTIONS")]
    Options(),
}

fn names<L: Labels>() -> Vec<&'static str> {
    let mut names = Vec::new();
    L::names(&mut names);
    names
}

fn written(labels: &impl Labels) -> String {
    let mut text = String::new();
    labels.write(&mut ops::metric::LabelWriter::new(&mut text));
    text
}

fn nth<L: Labels>(n: usize) -> String {
    let mut text = String::new();
    L::write_nth(n, &mut ops::metric::LabelWriter::new(&mut text));
    text
}

fn main() {
    let request = Request { r#type: 7_u16, route: "/", status: None, place: Place { shelf: "a" }, _bytes: [0; 2] };
    assert_eq!(written(&request), r#"type="7",route="/",zone="a""#);
    assert_eq!(names::<Request<'_, u16, 2>>(), ["type", "route", "status", "zone"]);
    assert_eq!(Request::<'_, u16, 2>::combinations(), None);

    let all = Wrapped::<Method>::combinations().unwrap_or_default();
    assert_eq!(all, 18);
    let of_all = |n| nth::<Wrapped<Method>>(n);
    assert_eq!(of_all(0), r#"method="get",verb="get",cached="false""#);
    assert_eq!(of_all(17), r#"method="OPTIONS",verb="OPTIONS",cached="true""#);
    for method in [Method::Get, Method::Post {}, Method::Options()] {
        for cached in [false, true] {
            let labels = Wrapped { method: Method::Post {}, rest: method, cached };
            assert_eq!(written(&labels), of_all(labels.index()));
        }
    }

    let borrowed = Borrowed::<String, ()> { value: &"a".to_owned(), key: 7 };
    assert_eq!(written(&borrowed), r#"value="a",key="7""#);

    assert_eq!((Nothing::combinations(), Empty::combinations()), (Some(1), Some(1)));
    assert_eq!((Nothing.index(), written(&Empty {})), (0, String::new()));
}
