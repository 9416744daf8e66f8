//! Instruments a future where the function boxes it, without a second box.
//!
//! ```text
//! return Box::pin(ready(0));  →  return Box::pin(kind.measure(ready(0), measured, |value| outcome));
//! work().boxed()              →  kind.measure(work(), measured, |value| outcome).boxed()
//! ```
//!
//! Boxing the returned future again would require its output to outlive the box, which a signature does not guarantee: a
//! `Pin<Box<dyn Future<Output = T>>>` is `'static` for any `T`.

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::{Block, Expr, ExprCall, ExprMethodCall, Stmt};

/// A body with instrumented exits.
pub(super) struct BoxedExits {
    pub(super) statements: TokenStream,
    /// Number of futures that it boxes and returns.
    pub(super) boxed: usize,
    /// `true` if it also returns futures that it does not box, such as that of another function.
    pub(super) passes_on: bool,
}

/// Wraps each future that is boxed and returned in `measure`. Returns `None` if parsing fails.
pub(super) fn boxed_exits(statements: &Group, measure: impl Fn(&Expr) -> TokenStream) -> Option<BoxedExits> {
    let mut statements = Block::parse_within.parse2(statements.stream()).ok()?;
    let mut exits = Exits { measure, boxed: 0, passes_on: false };
    exits.tail(&mut statements);
    Some(BoxedExits { statements: quote!(#(#statements)*), boxed: exits.boxed, passes_on: exits.passes_on })
}

/// Visitor that rewrites the exits of a body.
struct Exits<M> {
    measure: M,
    boxed: usize,
    passes_on: bool,
}

impl<M: Fn(&Expr) -> TokenStream> Exits<M> {
    /// Visits statements whose value is returned.
    fn tail(&mut self, statements: &mut [Stmt]) {
        let Some((last, statements)) = statements.split_last_mut() else { return };
        self.statements(statements);
        match last {
            Stmt::Expr(value, None) => self.exit(value),
            Stmt::Macro(_) => self.passes_on = true,
            last => self.statement(last),
        }
    }

    fn statements(&mut self, statements: &mut [Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    /// Visits a statement that may contain a `return`.
    fn statement(&mut self, statement: &mut Stmt) {
        match statement {
            Stmt::Local(local) => {
                if let Some(init) = &mut local.init {
                    self.inside(&mut init.expr);
                    if let Some((_, diverges)) = &mut init.diverge {
                        self.inside(diverges);
                    }
                }
            }
            Stmt::Expr(expr, _) => self.inside(expr),
            Stmt::Item(_) | Stmt::Macro(_) => {}
        }
    }

    /// Visits a returned value.
    fn exit(&mut self, value: &mut Expr) {
        match value {
            Expr::Call(call) if is_box_pin(call) => {
                let measured = (self.measure)(&call.args[0]);
                call.args[0] = Expr::Verbatim(measured);
                self.boxed += 1;
            }
            Expr::MethodCall(call) if is_boxed(call) => {
                let measured = (self.measure)(&call.receiver);
                *call.receiver = Expr::Verbatim(measured);
                self.boxed += 1;
            }
            Expr::Block(block) if block.label.is_none() => self.tail(&mut block.block.stmts),
            Expr::Unsafe(block) => self.tail(&mut block.block.stmts),
            Expr::Cast(cast) => self.exit(&mut cast.expr),
            Expr::Group(group) => self.exit(&mut group.expr),
            Expr::Paren(paren) => self.exit(&mut paren.expr),
            Expr::If(branch) => {
                self.inside(&mut branch.cond);
                self.tail(&mut branch.then_branch.stmts);
                if let Some((_, otherwise)) = &mut branch.else_branch {
                    self.exit(otherwise);
                }
            }
            Expr::Match(matched) => {
                self.inside(&mut matched.expr);
                for arm in &mut matched.arms {
                    self.exit(&mut arm.body);
                }
            }
            Expr::Return(_) => self.inside(value),
            _ => {
                self.passes_on = true;
                self.inside(value);
            }
        }
    }

    /// Visits an expression that may contain a `return`.
    ///
    /// Only blocks, branches and loops are searched. A call that leaves by any other `return` is measured until the function
    /// returns.
    fn inside(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Return(returned) => {
                if let Some(value) = &mut returned.expr {
                    self.exit(value);
                }
            }
            Expr::Block(block) => self.statements(&mut block.block.stmts),
            Expr::Unsafe(block) => self.statements(&mut block.block.stmts),
            Expr::Loop(looped) => self.statements(&mut looped.body.stmts),
            Expr::While(looped) => self.statements(&mut looped.body.stmts),
            Expr::ForLoop(looped) => self.statements(&mut looped.body.stmts),
            Expr::Group(group) => self.inside(&mut group.expr),
            Expr::Paren(paren) => self.inside(&mut paren.expr),
            Expr::Assign(assigned) => self.inside(&mut assigned.right),
            Expr::If(branch) => {
                self.inside(&mut branch.cond);
                self.statements(&mut branch.then_branch.stmts);
                if let Some((_, otherwise)) = &mut branch.else_branch {
                    self.inside(otherwise);
                }
            }
            Expr::Match(matched) => {
                self.inside(&mut matched.expr);
                for arm in &mut matched.arms {
                    self.inside(&mut arm.body);
                }
            }
            _ => {}
        }
    }
}

/// Returns `true` for `Box::pin(future)`, by any path.
fn is_box_pin(call: &ExprCall) -> bool {
    let Expr::Path(function) = &*call.func else { return false };
    let words = function.path.segments.iter().map(|segment| segment.to_token_stream().to_string()).collect::<Vec<_>>();
    call.args.len() == 1
        && function.qself.is_none()
        && matches!(&words[..], [.., owner, pin] if owner == "Box" && pin == "pin")
}

/// Returns `true` for `future.boxed()` or `future.boxed_local()` of the `futures` crate.
fn is_boxed(call: &ExprMethodCall) -> bool {
    (call.method == "boxed" || call.method == "boxed_local") && call.args.is_empty() && call.turbofish.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Delimiter;

    /// Returns `body` with `measured(..)` around instrumented futures, and `passes_on`.
    fn measured(body: TokenStream) -> (String, bool) {
        let exits = boxed_exits(&Group::new(Delimiter::Brace, body), |future| quote!(measured(#future))).unwrap();
        (exits.statements.to_string(), exits.passes_on)
    }

    #[test]
    fn instruments_each_future_boxed_at_an_exit() {
        for (body, expected) in [
            (quote!(Box::pin(a())), quote!(Box::pin(measured(a())))),
            (
                quote!(let a = b(); ::std::boxed::Box::pin(a) as _),
                quote!(let a = b(); ::std::boxed::Box::pin(measured(a)) as _),
            ),
            (quote!(async move { a().await }.boxed()), quote!(measured(async move { a().await }).boxed())),
            (quote!(a().map(b).boxed_local()), quote!(measured(a().map(b)).boxed_local())),
            (
                quote!(if a { return Box::pin(b); } Box::pin(c)),
                quote!(if a { return Box::pin(measured(b)); } Box::pin(measured(c))),
            ),
            (
                quote!(let Some(a) = b else { return Box::pin(c) }; match a { 1 => Box::pin(d), _ => { Box::pin(e) } }),
                quote!(let Some(a) = b else { return Box::pin(measured(c)) }; match a { 1 => Box::pin(measured(d)), _ => { Box::pin(measured(e)) } }),
            ),
            (
                quote!(for a in b { if a { return Box::pin(c); } } return Box::pin(d);),
                quote!(for a in b { if a { return Box::pin(measured(c)); } } return Box::pin(measured(d));),
            ),
            (
                quote!(if a { Box::pin(b) } else { unsafe { Box::pin(c) } }),
                quote!(if a { Box::pin(measured(b)) } else { unsafe { Box::pin(measured(c)) } }),
            ),
        ] {
            assert_eq!(measured(body), (expected.to_string(), false));
        }
    }

    #[test]
    fn returns_of_closures_are_not_exits() {
        let body = quote!(let a = |b| { return Box::pin(b); }; let c = Box::pin(d); Box::pin(a(c)));
        let expected = quote!(let a = |b| { return Box::pin(b); }; let c = Box::pin(d); Box::pin(measured(a(c))));
        assert_eq!(measured(body), (expected.to_string(), false));
    }

    #[test]
    fn future_of_another_function_is_passed_on() {
        for body in [quote!(self.inner.call(request)), quote!(if a { b() } else { Box::pin(c) }), quote!(a!(b))] {
            assert!(measured(body.clone()).1, "{body}");
        }
    }
}
