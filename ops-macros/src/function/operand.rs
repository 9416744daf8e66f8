//! Tracks the operand of an `.await`: a path, or a chain of calls and fields.
//!
//! Rewriting `.await` to `in_span(operand, ..)` requires the first token of the operand. A method call appended to the operand
//! would not, but could resolve to a method of the user's type. The rewrite permits instrumenting a body that awaits in place,
//! which compiles faster. `cargo run --release --manifest-path benches/Cargo.toml -- --rows compile_time_bodies --details` compares such
//! bodies under `#[instrument_span]` ("no early exit", half of them await) with `async` blocks ("early exit").

use proc_macro2::Delimiter;

/// Operand of an `.await` at the current position, by the index of its first token if known.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    /// No operand precedes.
    Nothing,
    /// A complete operand.
    Whole(Option<usize>),
    /// An incomplete operand, after a `.` or a `::`.
    Part(Option<usize>),
}

impl Operand {
    /// Returns the operand after a name, a literal or generic arguments at `here`.
    pub(super) const fn and_name(self, here: Option<usize>) -> Operand {
        match self {
            Operand::Part(start) => Operand::Whole(start),
            Operand::Nothing | Operand::Whole(_) => Operand::Whole(here),
        }
    }

    /// Returns the operand after `word`.
    pub(super) fn and_ident(self, word: &str, here: Option<usize>) -> Operand {
        if precedes_an_expression(word) { Operand::Nothing } else { self.and_name(here) }
    }

    /// Returns the operand after a `.`, or after a `::` that may be its first token.
    pub(super) const fn and_separator(self, first: Option<usize>) -> Operand {
        match self {
            Operand::Whole(start) => Operand::Part(start),
            Operand::Nothing | Operand::Part(_) => Operand::Part(first),
        }
    }

    /// Returns the operand after a group.
    pub(super) const fn and_group(self, delimiter: Delimiter, here: Option<usize>) -> Operand {
        match (delimiter, self) {
            // The start of an expression that ends with a block cannot be found in tokens.
            (Delimiter::Brace, _) => Operand::Whole(None),
            (Delimiter::None, Operand::Part(start)) => Operand::Whole(start),
            (Delimiter::None, Operand::Whole(_)) | (_, Operand::Part(_)) => Operand::Whole(None),
            (_, Operand::Whole(start)) => Operand::Whole(start),
            (_, Operand::Nothing) => Operand::Whole(here),
        }
    }
}

/// Returns `true` for a keyword after which parentheses or brackets start an expression.
fn precedes_an_expression(word: &str) -> bool {
    matches!(
        word,
        "as" | "break"
            | "const"
            | "else"
            | "for"
            | "if"
            | "impl"
            | "in"
            | "let"
            | "loop"
            | "match"
            | "move"
            | "mut"
            | "ref"
            | "return"
            | "unsafe"
            | "where"
            | "while"
            | "yield"
    )
}
