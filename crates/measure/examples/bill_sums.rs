//! Adds a bill up and says how long it took, and how much memory at most: what `benches/bill.py` times beside DuckDB where the
//! whole program is not built at full speed.

use std::time::Instant;

use cachewright_measure::bill::{Options, read};

#[expect(clippy::print_stdout, reason = "an example speaks to who runs it")]
fn main() -> anyhow::Result<()> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let inputs = cachewright_measure::expand(&files)?;
    let start = Instant::now();
    let options = Options {
        month: None,
        resources: Vec::new(),
        tags: Vec::new(),
        max_bad_lines: 0,
        keep: &|_, _| true,
    };
    let ledger = read(&inputs, &options)?;
    let seconds = start.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|l| l.starts_with("VmHWM"));
    println!(
        "{} rows, {} sums, {seconds:.2} s, {:.0} rows/s, {}",
        ledger.lines,
        ledger.rows.len(),
        ledger.lines as f64 / seconds,
        peak.unwrap_or_default()
    );
    Ok(())
}
