//! The expression that a `.await` awaits: a path, or a chain of calls and fields, read from its first token to its last.
//!
//! The rewriting of `.await` needs it: `in_span(operand, ..)` has to begin where the operand begins. A method after the operand
//! would need no such reading, but its name could be that of a method of the user's own type. What it buys is that a body that
//! awaits stays where it stands: `cargo run --release --manifest-path benches/Cargo.toml -- --rows compile_time_bodies --details` has the
//! time to compile such bodies under `#[instrument_span]` ("no early exit", half of them await) and those of `async` blocks ("early
//! exit").

use proc_macro2::Delimiter;

/// What a `.await` would await if it stood next, by the place of its first token if that is known.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    Nothing,
    Whole(Option<usize>),
    /// It goes on, after a `.` or a `::`.
    Part(Option<usize>),
}

impl Operand {
    /// After a name, a literal or generic arguments that stand at `here`.
    pub(super) const fn and_name(self, here: Option<usize>) -> Operand {
        match self {
            Operand::Part(start) => Operand::Whole(start),
            Operand::Nothing | Operand::Whole(_) => Operand::Whole(here),
        }
    }

    /// After `word`.
    pub(super) fn and_word(self, word: &str, here: Option<usize>) -> Operand {
        if precedes_an_expression(word) { Operand::Nothing } else { self.and_name(here) }
    }

    /// After a `.`, or after a `::` that may be its first token.
    pub(super) const fn and_separator(self, first: Option<usize>) -> Operand {
        match self {
            Operand::Whole(start) => Operand::Part(start),
            Operand::Nothing | Operand::Part(_) => Operand::Part(first),
        }
    }

    /// After a group.
    pub(super) const fn and_group(self, delimiter: Delimiter, here: Option<usize>) -> Operand {
        match (delimiter, self) {
            // Where an expression starts that ends with a block, its tokens do not say.
            (Delimiter::Brace, _) => Operand::Whole(None),
            (Delimiter::None, Operand::Part(start)) => Operand::Whole(start),
            (Delimiter::None, Operand::Whole(_)) | (_, Operand::Part(_)) => Operand::Whole(None),
            (_, Operand::Whole(start)) => Operand::Whole(start),
            (_, Operand::Nothing) => Operand::Whole(here),
        }
    }
}

/// Whether `word` is a keyword after which parentheses or brackets are an expression of their own.
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
