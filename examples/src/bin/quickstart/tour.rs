//! Self-test behind `--once`: places orders as a customer, then reads the endpoints as an operator.

use crate::http_client::{get, post};
use serde_json::{Value, json};
use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;

const ORDERS: [(&str, u32, &str); 5] =
    [("tea", 1, "web"), ("sugar", 30, "web"), ("cups", 6, "shop"), ("spoons", 6, "shop"), ("honey", 1, "web")];

/// Places orders at `api`, and compares the endpoints of `ops` with the expected values.
pub(crate) async fn take(api: SocketAddr, ops: SocketAddr) -> Result<(), Box<dyn Error>> {
    let mut findings = place_orders(api).await?;
    findings.extend(probe(ops).await?);
    findings.extend(measure(ops).await?);
    findings.extend(identify(ops).await?);

    let mut stdout = io::stdout();
    writeln!(stdout, "orders at http://{api}, health and metrics at http://{ops}\n")?;
    for finding in &findings {
        writeln!(stdout, "{finding}")?;
    }
    let failed = findings.iter().filter(|finding| finding.actual != finding.expected).count();
    if failed > 0 {
        return Err(format!("{failed} of {} results differ from the expected values", findings.len()).into());
    }
    writeln!(stdout, "\nall {} results are as expected", findings.len())?;
    Ok(())
}

/// A result and its expected value; one row of the printed table.
struct Finding {
    request: &'static str,
    description: String,
    actual: String,
    expected: String,
}

impl Finding {
    fn new(request: &'static str, description: &str, actual: impl fmt::Display, expected: impl fmt::Display) -> Self {
        Finding {
            request,
            description: description.to_owned(),
            actual: actual.to_string(),
            expected: expected.to_string(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<14}{:<44}{}", self.request, self.description, self.actual)?;
        if self.actual != self.expected {
            write!(f, "   expected {}", self.expected)?;
        }
        Ok(())
    }
}

async fn place_orders(api: SocketAddr) -> Result<Vec<Finding>, Box<dyn Error>> {
    let mut accepted = 0;
    for (item, quantity, channel) in ORDERS {
        let order = json!({ "item": item, "quantity": quantity, "channel": channel });
        let (status, _order) = post(api, "/orders", &order).await?;
        accepted += usize::from(status == 201);
    }
    let nothing = json!({ "item": "air", "quantity": 0, "channel": "web" });
    let (refused, _reason) = post(api, "/orders", &nothing).await?;
    let (_status, list) = get(api, "/orders").await?;
    let list: Value = serde_json::from_str(&list)?;
    Ok(vec![
        Finding::new("POST /orders", "orders accepted", accepted, ORDERS.len()),
        Finding::new("POST /orders", "status of an order of nothing", refused.as_u16(), 422),
        Finding::new("GET /orders", "orders listed", list.as_array().map_or(0, Vec::len), ORDERS.len()),
    ])
}

async fn probe(ops: SocketAddr) -> Result<Vec<Finding>, Box<dyn Error>> {
    let (_status, alive) = get(ops, "/healthz").await?;
    let (_status, report) = get(ops, "/readyz").await?;
    let report: Value = serde_json::from_str(&report)?;
    let mut findings = vec![
        Finding::new("GET /healthz", "alive", alive.trim_end(), "ok"),
        Finding::new("GET /readyz", "ready", text(&report["status"]), "healthy"),
    ];
    for check in ["db", "disk", "integrity"] {
        let status = text(&report["checks"][check]["status"]);
        findings.push(Finding::new("GET /readyz", &format!("  {check}"), status, "healthy"));
    }
    Ok(findings)
}

async fn measure(ops: SocketAddr) -> Result<Vec<Finding>, Box<dyn Error>> {
    let (_status, metrics) = get(ops, "/metrics").await?;
    let placed = |channel| ORDERS.iter().filter(|order| order.2 == channel).count();
    let pieces: u32 = ORDERS.iter().map(|order| order.1).sum();
    let samples = [
        ("orders_total", "channel=\"web\"", placed("web")),
        ("orders_total", "channel=\"shop\"", placed("shop")),
        ("stored_orders", "", ORDERS.len()),
        ("order_quantity_sum", "", pieces as usize),
        ("place_order_total", "outcome=\"ok\"", ORDERS.len()),
        ("place_order_total", "outcome=\"error\"", 1),
        ("order_place_duration_seconds_count", "", ORDERS.len() + 1),
    ];
    let findings = samples.map(|(name, label, expected)| {
        let description = if label.is_empty() { name.to_owned() } else { format!("{name}{{{label}}}") };
        let actual = sum(&metrics, name, label).map_or("missing".to_owned(), |sum| sum.to_string());
        Finding::new("GET /metrics", &description, actual, expected)
    });
    Ok(findings.into())
}

async fn identify(ops: SocketAddr) -> Result<Vec<Finding>, Box<dyn Error>> {
    let (_status, info) = get(ops, "/info").await?;
    let info: Value = serde_json::from_str(&info)?;
    Ok(vec![Finding::new("GET /info", "process", &info["process"]["pid"], std::process::id())])
}

/// Returns the sum of the samples called `name` that have `label`, in the Prometheus text format.
fn sum(metrics: &str, name: &str, label: &str) -> Option<f64> {
    let values = metrics.lines().filter_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        let labels = series.strip_prefix(name)?;
        let is_of_name = labels.is_empty() || labels.starts_with('{');
        (is_of_name && labels.contains(label)).then(|| value.parse::<f64>().ok())?
    });
    values.reduce(|sum, value| sum + value)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("missing")
}

#[cfg(test)]
mod tests {
    use super::sum;

    #[test]
    fn sums_samples_by_name_and_label() {
        let metrics =
            "a_total{x=\"1\",y=\"1\"} 2\na_total{x=\"1\",y=\"2\"} 3\na_total{x=\"2\"} 5\na_total_more 7\nb 9\n";
        assert_eq!(sum(metrics, "a_total", "x=\"1\""), Some(5.0));
        assert_eq!(sum(metrics, "b", ""), Some(9.0));
        assert_eq!(sum(metrics, "a", ""), None, "a prefix of a name is another name");
    }
}
