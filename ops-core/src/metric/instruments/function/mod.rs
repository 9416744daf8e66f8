//! The metrics of annotated functions.

mod call;
mod call_outcome;
mod function_metric;
mod function_path;
mod label_declaration;
mod layout;

pub use call::Call;
pub use call_outcome::{CallOutcome, ToCallOutcome};
pub use function_metric::FunctionMetric;
pub use label_declaration::LabelDeclaration;
