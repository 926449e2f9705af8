//! Deterministic random profiles: the n-th is the same on every machine, every layer and outcome comes up.

use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::profile::Profile;
use cachewright_core::workload;

/// A splitmix64 generator.
pub struct Dice(u64);

impl Dice {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xA5A5_5A5A_1234_5678)
    }

    /// The next word.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.bits() % n
    }

    /// A share of one, evenly.
    pub fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Between two numbers, evenly in the logarithm.
    pub fn log(&mut self, low: f64, high: f64) -> f64 {
        (low.ln() + (high.ln() - low.ln()) * self.share()).exp()
    }

    /// One of a list.
    pub fn of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len() as u64) as usize]
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// The n-th random profile as text.
pub fn text(n: u64) -> String {
    let mut d = Dice::new(n);
    let layer = d.of(&[
        "client",
        "edge",
        "application",
        "application",
        "database",
        "database",
        "storage",
        "storage",
    ]);
    let region = d.of(&[
        "us-east-1",
        "eu-west-1",
        "eu-central-1",
        "ap-northeast-1",
        "sa-east-1",
        "us-west-2",
    ]);
    let edge = matches!(layer, "client" | "edge");
    let item = d
        .log(20.0, if edge || layer == "storage" { 5e7 } else { 3e5 })
        .round();
    let set = (item * d.log(2.0, 1e7)).round().min(1e15);
    let reads = d.log(0.05, 200_000.0);
    let mut out = format!("version: 1\nname: random-{n}\nregion: {region}\nlayer: {layer}\n");
    if layer == "storage" && d.once_in(2) {
        out += "interface: posix\n";
    }
    if !d.once_in(3) {
        let p50 = d.of(&["0.5 ms", "1 ms", "3 ms", "5 ms", "10 ms", "40 ms", "200 ms"]);
        out += &format!("latency: {p50}\n");
    }
    for field in ["scale_to_zero", "private_access"] {
        if d.once_in(3) {
            out += &format!(
                "{field}: {}\n",
                d.of(&["required", "preferred", "preferred", "no"])
            );
        }
    }
    out += &format!(
        "optimize_for: {}\n",
        d.of(&["balanced", "balanced", "cost", "latency"])
    );
    out += &format!("traffic:\n  reads: {reads:.4}/s\n");
    if !d.once_in(3) {
        out += &format!("  writes: {:.4}/s\n", reads * d.log(0.001, 2.0));
    }
    if d.once_in(4) {
        out += &format!("  peak_reads: {:.4}/s\n", reads * d.log(1.1, 40.0));
    }
    if d.once_in(4) {
        out += &format!("  keys_per_read: {}\n", 1 + d.below(60));
    }
    if d.once_in(4) {
        out += &format!("  active_hours: {} h\n", 20 + d.below(700));
    }
    if d.once_in(5) {
        out += &format!("  hottest_key_share: {} %\n", 1 + d.below(60));
    }
    if d.once_in(6) {
        out += &format!("  connections: {}\n", 1 + d.below(90_000));
    }
    out += &format!("data:\n  item_size: {item} B\n  working_set: {set} B\n");
    match d.below(6) {
        0 => {
            let (a, b) = (d.below(60), d.below(35));
            out += &format!(
                "  hit_ratio_curve:\n    - {{ size: {} B, objects: {a} %, bytes: {a} % }}\n    - {{ size: {} B, objects: {} %, bytes: {} % }}\n",
                (set / 10.0).max(1.0).round(),
                (set * 2.0).round(),
                a + b,
                a + b
            );
        }
        1 => {}
        _ => out += &format!("  hit_ratio: {} %\n", d.below(101)),
    }
    if d.once_in(3) {
        out += &format!(
            "  ttl: {}\n",
            d.of(&["1 s", "1 min", "5 min", "1 day", "none"])
        );
    }
    let origin = d.of(&[
        "s3",
        "dynamodb",
        "aurora",
        "rds",
        "http-api",
        "rest-api",
        "load-balancer",
        "lambda",
        "nfs",
        "on-premises",
        "other",
    ]);
    out += &format!("origin:\n  kind: {origin}\n");
    if d.once_in(2) {
        out += &format!("  price_per_million_reads: {:.4} USD\n", d.log(0.01, 50.0));
    }
    if d.once_in(3) {
        out += &format!("  latency: {:.3} ms\n", d.log(0.5, 900.0));
    }
    let mut needs = String::new();
    if d.once_in(5) {
        needs += "  consistency: strong\n";
    }
    if d.once_in(5) {
        needs += &format!(
            "  durability: {}\n",
            d.of(&["survives-restart", "survives-az-loss"])
        );
    }
    if d.once_in(6) {
        needs += "  availability: multi-az\n";
    }
    if d.once_in(8) {
        needs += &format!("  multi_region: {}\n", d.of(&["reads", "writes"]));
    }
    if !needs.is_empty() {
        out += &format!("requirements:\n{needs}");
    }
    if d.once_in(3) {
        out += &format!(
            "compute: [{}]\n",
            d.of(&[
                "lambda",
                "fargate",
                "ec2",
                "eks",
                "ecs-ec2",
                "on-premises",
                "browser"
            ])
        );
    }
    out
}

/// The first `count` random profiles that are free of contradictions, with their text.
pub fn profiles(count: usize, catalog: &Catalog) -> Vec<(String, Profile)> {
    (0..count as u64 * 4)
        .filter_map(|n| {
            let text = text(n);
            let resolved = workload::load(&text, &[], catalog).ok()?;
            Some((text, resolved.profile))
        })
        .take(count)
        .collect()
}
