//! What a running resource uses in a month: quantities of billed meters, without a price.
//!
//! What no source tells is said, with what would tell it, and never zero.

use super::data::{Data, mean};
use super::field::Known;
use super::kind::{NowLine, Reckon, Role};

const GIB: f64 = 1_073_741_824.0;
const MONTH: f64 = 730.0;
const SECONDS: f64 = MONTH * 3600.0;

/// A quantity of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// Meter, with its suffix where it has one.
    pub meter: String,
    /// Units, or what is missing to know them.
    pub quantity: Result<f64, &'static str>,
    /// One price for each of these.
    pub spread: Option<String>,
    /// The decision model reckons it as well.
    pub model: bool,
}

/// The quantities of one resource.
pub fn used(data: &Data<'_>, lines: &[NowLine], known: &Known) -> Vec<Used> {
    let any = |role: Role| {
        let mut values = data.all(role, None).flat_map(|s| s.points.values());
        values.any(|v| *v > 0.0)
    };
    let applies =
        |line: &&NowLine| line.when.is_none_or(any) && line.unless.is_none_or(|role| !any(role));
    lines
        .iter()
        .filter(applies)
        .map(|line| one(data, line, known))
        .collect()
}

fn one(data: &Data<'_>, line: &NowLine, known: &Known) -> Used {
    let mut meter = line.meter.clone();
    if let (Reckon::NodeHours, Some(kind)) = (line.reckon, &known.node_type) {
        meter = format!("{meter}.{kind}");
    }
    Used {
        meter,
        quantity: quantity(data, line, known),
        spread: line.spread.clone(),
        model: line.model,
    }
}

fn quantity(data: &Data<'_>, line: &NowLine, known: &Known) -> Result<f64, &'static str> {
    let roles: Vec<Role> = line.of.into_iter().chain(line.and).collect();
    let monthly = || {
        let counted = data.count(&roles);
        counted.map(|c| data.monthly(&c)).ok_or("too few values")
    };
    let level = || {
        let role = line.of.ok_or("a role")?;
        let level = data.level(role, "Average");
        level.map(|l| mean(&l)).ok_or("too few values")
    };
    match line.reckon {
        Reckon::Total => {
            let all = monthly()?;
            let least = match line.of {
                Some(Role::Ecpus) => known.least_ecpus.unwrap_or(0.0) * SECONDS,
                _ => 0.0,
            };
            Ok(all.max(least))
        }
        Reckon::TotalGb => Ok(monthly()? / GIB),
        Reckon::MeanGb => Ok(level()? / GIB),
        Reckon::MeanHours => Ok(level()? * MONTH),
        Reckon::GbHours => {
            let engine = known.engine.as_ref();
            let least = engine.and_then(|e| line.least.get(e)).copied();
            let least = known.least_gb.unwrap_or(0.0).max(least.unwrap_or(0.0));
            Ok((level()? / GIB).max(least) * MONTH)
        }
        Reckon::NodeHours => {
            known.node_type.as_ref().ok_or("--node-type")?;
            Ok(f64::from(known.nodes.ok_or("--nodes")?) * MONTH)
        }
        Reckon::StoredGb => Ok(known.stored_bytes.ok_or("an inventory")? / GIB),
        Reckon::Capacity => known.capacity_gib.ok_or("an inventory"),
        Reckon::Unknown => Err("the kind of storage, which no source of this command tells"),
    }
}
