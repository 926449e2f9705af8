//! Answers that an architect would not have signed, each with what is right: one test a kind of fault.
#![allow(clippy::unwrap_used, reason = "a test stops on any fault")]

mod support;

use cachewright_core::domain::comparison::Spec;
use cachewright_core::domain::decision::{Candidate, Decision, Outcome, Verdict};
use cachewright_core::words;
use rust_decimal::Decimal;
use support::decided;

fn row<'d>(d: &'d Decision, service: &str, variant: Option<&str>) -> &'d Candidate {
    let is = |c: &&Candidate| c.pick.service == service && c.pick.variant.as_deref() == variant;
    d.candidates.iter().find(is).unwrap()
}

fn warns(c: &Candidate, code: &str) -> bool {
    c.cautions.iter().any(|w| w.code() == code)
}

fn notes(d: &Decision) -> Vec<&str> {
    d.notes.iter().map(|n| n.code()).collect()
}

fn lost_by(c: &Candidate) -> Vec<&str> {
    assert_eq!(c.verdict, Verdict::RuledOut, "{}", c.name);
    c.reasons.iter().map(|r| r.code()).collect()
}

const IN_MEMORY: &str = "region: us-east-1
layer: application
traffic: { reads: 5000/s, writes: 500/s }
data: { item_size: 1 KB, working_set: 2 GB }
";

#[test]
fn nothing_is_delivered_where_nothing_lies_behind() {
    let d = decided(
        "region: us-east-1
layer: edge
traffic: { reads: 5M/month }
data: { item_size: 50 KB, working_set: 1 GB }
origin: { kind: none }",
    );
    assert_eq!(d.outcome, Outcome::NoneFits);
    let pay = row(&d, "cloudfront", Some("pay-as-you-go"));
    assert_eq!(lost_by(pay), ["cloudfront-no-origin"]);
}

#[test]
fn what_a_store_loses_no_origin_gives_back() {
    for (kind, says) in [("none", false), ("rds", true)] {
        let d = decided(&format!("{IN_MEMORY}origin: {{ kind: {kind} }}"));
        let loss = words::on_loss(&row(&d, "elasticache-serverless", Some("valkey")).on_loss);
        assert_eq!(loss.contains("The origin then serves"), says, "{loss}");
        assert_eq!(loss.contains("what it loses is lost"), !says, "{loss}");
    }
}

#[test]
fn transactions_and_strong_consistency_between_regions_exclude_each_other() {
    let of = |features: &str| {
        decided(&format!(
            "{IN_MEMORY}requirements: {{ multi_region: writes, replica_regions: [us-east-2, us-west-2], consistency: strong, features: {features} }}\norigin: {{ kind: none }}"
        ))
    };
    let both = of("[transactions]");
    let table = row(&both, "dynamodb", Some("standard"));
    assert_eq!(lost_by(table), ["dynamodb-mrsc-transactions"]);
    let one = of("[atomic-counters]");
    assert_eq!(one.winner().unwrap().pick.service, "dynamodb");
}

#[test]
fn a_transaction_takes_twice_the_units_at_most() {
    let of = |features: &str| {
        decided(&format!(
            "{IN_MEMORY}requirements: {{ features: {features}, durability: survives-az-loss }}"
        ))
    };
    for variant in ["standard", "standard-provisioned"] {
        let (plain, twice) = (of("[]"), of("[transactions]"));
        let [before, after] =
            [&plain, &twice].map(|d| row(d, "dynamodb", Some(variant)).cost.unwrap());
        assert_eq!(
            before.expected, after.expected,
            "which share of them it is nobody said"
        );
        assert!(after.high.known > before.high.known, "{variant}");
        assert!(warns(
            row(&twice, "dynamodb", Some(variant)),
            "dynamodb-transaction-units"
        ));
    }
}

#[test]
fn a_default_expiry_warns_like_a_stated_one() {
    for ttl in ["", ", ttl: 1 h"] {
        let d = decided(&format!(
            "region: us-east-1\nlayer: application\ntraffic: {{ reads: 50/s, writes: 5/s }}\ndata: {{ item_size: 1 KiB, working_set: 1 GiB{ttl} }}\ncompute: [lambda]"
        ));
        let table = row(&d, "dynamodb", Some("standard"));
        assert!(
            warns(table, "dynamodb-ttl-attribute") && warns(table, "ttl-lazy"),
            "{ttl}"
        );
    }
}

#[test]
fn replicas_pay_for_expiry_only_where_items_expire() {
    for (ttl, due) in [("none", false), ("1 h", true)] {
        let d = decided(&format!(
            "region: us-east-1\nlayer: application\ntraffic: {{ reads: 200/s, writes: 10/s }}\ndata: {{ item_size: 1 KiB, working_set: 300 MiB, ttl: {ttl} }}\nrequirements: {{ multi_region: writes, replica_regions: [eu-west-1] }}"
        ));
        let table = row(&d, "dynamodb", Some("standard"));
        assert_eq!(
            warns(table, "dynamodb-replicated-ttl-deletes"),
            due,
            "{ttl}"
        );
    }
}

#[test]
fn a_hot_key_is_written_to_one_partition_however_its_table_is_billed() {
    let d = decided(
        "region: us-east-1
layer: application
traffic: { reads: 500/s, writes: 3000/s, hottest_key_share: 50 % }
data: { item_size: 500 B, working_set: 100 MiB }
requirements: { durability: survives-az-loss }
origin: { kind: none }",
    );
    for variant in ["standard", "standard-ia", "standard-provisioned"] {
        let table = row(&d, "dynamodb", Some(variant));
        assert!(
            warns(table, "default-partition-write-units-per-second"),
            "{variant}"
        );
    }
}

#[test]
fn an_endpoint_billed_by_the_hour_does_not_scale_to_zero() {
    let of = |callers: &str| {
        decided(&format!(
            "region: eu-west-1\nlayer: application\nscale_to_zero: required\nprivate_access: required\ntraffic: {{ reads: 50/s }}\ndata: {{ item_size: 1 KB, working_set: 1 GB }}\ncompute: [{callers}]\norigin: {{ kind: on-premises }}"
        ))
    };
    let outside = of("on-premises");
    let table = row(&outside, "dynamodb", Some("standard"));
    assert_eq!(lost_by(table), ["dynamodb-endpoint-never-sleeps"]);
    assert_eq!(of("lambda").winner().unwrap().pick.service, "dynamodb");
}

#[test]
fn functions_that_may_be_in_a_vpc_are_told_of_its_gateway() {
    for (vpc, due) in [
        ("", true),
        ("network: { vpc: existing }", true),
        ("network: { vpc: none }", false),
    ] {
        let d = decided(&format!(
            "{IN_MEMORY}compute: [lambda]\norigin: {{ kind: rds }}\n{vpc}"
        ));
        let valkey = row(&d, "elasticache-serverless", Some("valkey"));
        assert_eq!(warns(valkey, "elasticache-lambda-vpc"), due, "{vpc}");
    }
}

#[test]
fn bytes_that_only_a_cache_sends_are_its_cost() {
    let of = |origin: &str| {
        decided(&format!(
            "region: us-east-1\nlayer: application\ntraffic: {{ reads: 3000/s }}\ndata: {{ item_size: 20 KB, working_set: 10 GB, hit_ratio: 95 % }}\ncompute: [on-premises]\norigin: {{ kind: {origin}, price_per_million_reads: 1 USD }}"
        ))
    };
    // Both are outside AWS: without a cache nothing crosses the line.
    let outside = of("on-premises");
    let valkey = row(&outside, "elasticache-serverless", Some("valkey"));
    let [saving, bill] = [
        valkey.saving.unwrap().expected,
        valkey.cost.unwrap().expected.known,
    ];
    let avoided =
        (outside.baseline.reads - valkey.origin_reads_remaining) / Decimal::from(1_000_000);
    assert_eq!(saving.0.round_dp(6), (avoided - bill.0).round_dp(6));
    assert_eq!(outside.outcome, Outcome::NoCache);
    // Read from AWS the same bytes leave it either way.
    let inside = of("rds");
    let valkey = row(&inside, "elasticache-serverless", Some("valkey"));
    let own = valkey.cost.unwrap().expected.known.0 - valkey.common.0;
    assert!(valkey.common.0 > own);
    assert_eq!(
        valkey.saving.unwrap().expected.0.round_dp(6),
        (avoided - own).round_dp(6)
    );
}

#[test]
fn every_bill_has_the_transfer_of_its_hits() {
    let d = decided(
        "region: us-east-1
layer: application
traffic: { reads: 3000/s, writes: 10/s }
data: { item_size: 10 KB, working_set: 3 GiB }
compute: [on-premises]
origin: { kind: none }",
    );
    let winner = d.winner().unwrap();
    let nodes = row(&d, "elasticache-nodes", Some("on-demand"));
    let gap = |c: &Candidate| c.cost.unwrap().expected.known.0 - c.common.0;
    assert!(nodes.common.0 > Decimal::from(5_000) && winner.common.0 > Decimal::from(5_000));
    assert_eq!(gap(nodes).round_dp(2).to_string(), "174.03");
    assert!(d.beyond.unwrap().apart);
    let said = words::beyond(&d).unwrap();
    assert!(said.contains("beside the transfer"), "{said}");
}

#[test]
fn nodes_in_several_regions_are_paid_in_each() {
    let of = |more: &str| {
        decided(&format!(
            "{IN_MEMORY}requirements: {{ protocol: redis, multi_region: reads, {more} }}"
        ))
    };
    let d = of("replica_regions: [eu-west-1]");
    let nodes = row(&d, "elasticache-nodes", Some("on-demand"));
    let Some(Spec::Nodes(layout)) = &nodes.spec else {
        panic!()
    };
    // Two m6g.large at 0.1192 in Virginia and two at 0.1312 in Ireland, 730 hours: no r8g, no burstable node spans Regions.
    assert_eq!(
        (layout.layout.kind.as_str(), layout.regions),
        ("cache.m6g.large", 2)
    );
    assert_eq!(
        nodes.cost.unwrap().expected.known.0.round_dp(3).to_string(),
        "365.584"
    );
    assert!(
        d.candidates
            .iter()
            .all(|c| c.pick.variant.as_deref() != Some("burstable"))
    );
    let durable = of("replica_regions: [eu-west-1], durability: survives-az-loss");
    let nodes = row(&durable, "elasticache-nodes", Some("on-demand"));
    assert!(warns(nodes, "durability") && !nodes.headline);
    let four = of("replica_regions: [eu-west-1, us-west-2, ap-northeast-1]");
    let nodes = row(&four, "elasticache-nodes", Some("on-demand"));
    assert!(warns(nodes, "multi-region") && !nodes.headline);
}

#[test]
fn durable_nodes_say_what_durability_takes() {
    let d = decided(&format!(
        "{IN_MEMORY}requirements: {{ durability: survives-az-loss, protocol: redis }}\norigin: {{ kind: none }}"
    ));
    let nodes = row(&d, "elasticache-nodes", Some("on-demand"));
    let bill = nodes.cost.unwrap();
    assert!(warns(nodes, "nodes-durability"));
    assert_eq!(
        bill.high.known.0,
        bill.expected.known.0 * Decimal::new(118, 2)
    );
}

#[test]
fn nodes_take_so_many_connections_and_no_more() {
    for (connections, fits) in [(60_000, true), (80_000, false)] {
        let text = IN_MEMORY.replace("500/s", &format!("500/s, connections: {connections}"));
        let d = decided(&format!(
            "{text}requirements: {{ features: [sorted-sets] }}\norigin: {{ kind: none }}"
        ));
        let nodes = row(&d, "elasticache-nodes", Some("on-demand"));
        assert_eq!(nodes.headline, fits, "{connections}");
        assert_eq!(warns(nodes, "nodes-connections"), !fits, "{connections}");
    }
}

#[test]
fn the_same_client_waits_as_long_for_one_file_system_as_for_the_other() {
    let d = decided(
        "region: eu-central-1
layer: storage
interface: posix
latency: 0.8 ms
traffic: { reads: 300/s }
data: { item_size: 1 MB, working_set: 3 TB }
compute: [ec2]
origin: { kind: s3 }",
    );
    let cache = row(&d, "file-cache", None);
    let lustre = row(&d, "fsx-lustre", Some("persistent-2"));
    assert_eq!(
        warns(cache, "latency-to-be-measured"),
        warns(lustre, "latency-to-be-measured")
    );
    assert!(lustre.headline);
}

#[test]
fn notes_are_of_the_answer() {
    let functions = format!("{IN_MEMORY}compute: [ec2]\norigin: {{ kind: rds }}");
    assert!(!notes(&decided(&functions)).contains(&"s3-gateway-endpoint"));
    let bucket = functions.replace("rds", "s3");
    assert!(notes(&decided(&bucket)).contains(&"s3-gateway-endpoint"));
    let momento = |region: &str| {
        let text = IN_MEMORY.replace("us-east-1", region);
        let d = decided(&format!("{text}compute: [lambda]"));
        notes(&d).contains(&"consider-momento")
    };
    assert!(momento("eu-west-1") && !momento("us-gov-east-1"));
    let none = decided(
        "region: us-east-1
layer: application
traffic: { reads: 3000/s }
data: { item_size: 20 KB, working_set: 10 GB, hit_ratio: 95 % }
compute: [on-premises]
origin: { kind: on-premises, price_per_million_reads: 1 USD }",
    );
    assert_eq!(none.outcome, Outcome::NoCache);
    assert!(!notes(&none).contains(&"commercial-terms"));
}

#[test]
fn what_brings_nothing_more_is_not_relaxed_further() {
    let d = decided(
        "region: us-east-1
layer: application
latency: 0.3 ms
traffic: { reads: 10k/s }
data: { item_size: 500 B, working_set: 2 GB }
compute: [ec2]",
    );
    let steps: Vec<&str> = d.relax.iter().map(|r| r.to.as_str()).collect();
    assert_eq!(steps, ["1 ms", "2 ms", "5 ms"]);
}

#[test]
fn a_larger_item_is_a_parameter_of_memcached_nodes_and_no_miss() {
    let at = |largest: &str| {
        decided(&format!(
            "region: us-east-1
layer: application
traffic: {{ reads: 200/s }}
data: {{ item_size: 500 KB, max_item_size: {largest}, working_set: 20 GB }}
requirements: {{ protocol: memcached }}"
        ))
    };
    let small = at("1 MB");
    let nodes = row(&small, "elasticache-nodes", Some("on-demand"));
    assert!(nodes.headline && !warns(nodes, "nodes-large-items"));
    let raised = at("5 MB");
    let nodes = row(&raised, "elasticache-nodes", Some("on-demand"));
    assert!(nodes.headline && warns(nodes, "nodes-large-items"));
    // The serverless cache has no parameter.
    let serverless = row(&raised, "elasticache-serverless", Some("memcached"));
    assert_eq!(lost_by(serverless), ["item-size"]);
    let beyond = at("200 MB");
    let nodes = row(&beyond, "elasticache-nodes", Some("on-demand"));
    assert!(!nodes.headline && nodes.cautions.iter().any(|c| c.code() == "item-size"));
}

#[test]
fn transfer_of_a_region_without_its_price_costs_what_others_charge() {
    let from_outside = |region: &str| {
        decided(&format!(
            "region: {region}
layer: application
traffic: {{ reads: 100/s }}
data: {{ item_size: 10 KB, working_set: 2 GB }}
compute: [on-premises]
origin: {{ kind: dynamodb, latency: 20 ms }}"
        ))
    };
    let new = from_outside("ap-southeast-6");
    let nodes = new
        .candidates
        .iter()
        .filter(|c| c.verdict == Verdict::Comparison);
    let transfer = |c: &Candidate| {
        c.lines
            .iter()
            .any(|l| l.meter == "internet-egress-gb" && l.cost.is_some() && l.assumed)
    };
    assert!(nodes.clone().count() > 0 && nodes.clone().all(transfer));
    assert!(new.baseline.egress_cost.is_some() && new.baseline.at_least);
    let old = from_outside("us-east-1");
    assert!(old.baseline.egress_cost.is_some());
    let known = old.candidates.iter().flat_map(|c| &c.lines);
    assert!(
        known
            .filter(|l| l.meter == "internet-egress-gb")
            .all(|l| !l.assumed)
    );
}

#[test]
fn a_report_holds_every_field_and_every_default_that_is_billed() {
    let (catalog, _) = support::shared();
    let text = format!("version: 1\nname: x\n{IN_MEMORY}");
    let profile = support::profile(&text, catalog);
    let shown = cachewright_core::report::json::profile(&profile);
    let defaults = shown["defaults"].as_array().unwrap();
    let d = decided(IN_MEMORY);
    for (field, value, assumed) in [
        ("key_size", "32 B", "32 B"),
        ("bytes_per_read", "1 KB", "1 KB (`data.item_size`)"),
    ] {
        let path = format!("data.{field}");
        assert_eq!(shown["data"][field], value);
        assert!(defaults.iter().any(|d| *d == path.as_str()));
        let listed = d.assumptions.iter().find(|f| f.path == path).unwrap();
        assert_eq!(listed.assumption(&profile, &d.baseline), assumed);
    }
    assert_eq!(shown["traffic"]["invalidations"], "0/s");
}

#[test]
fn an_edge_before_a_database_is_told_that_something_answers_http_in_between() {
    let at = |kind: &str| {
        decided(&format!(
            "region: us-east-1
layer: edge
traffic: {{ reads: 50M/month }}
data: {{ item_size: 20 KB, working_set: 5 GB }}
origin: {{ kind: {kind} }}"
        ))
    };
    for (kind, warned) in [
        ("dynamodb", true),
        ("rds", true),
        ("s3", false),
        ("load-balancer", false),
    ] {
        let d = at(kind);
        let edge = d
            .candidates
            .iter()
            .find(|c| c.verdict == Verdict::Eligible)
            .unwrap();
        assert_eq!(warns(edge, "cloudfront-asks-http"), warned, "{kind}");
    }
}

#[test]
fn a_name_keeps_its_capitals_inside_a_sentence() {
    use cachewright_core::words::report::uncapped;
    assert_eq!(
        uncapped("CloudFront is not in it"),
        "CloudFront is not in it"
    );
    assert_eq!(uncapped("AWS says so"), "AWS says so");
    assert_eq!(uncapped("Every replica pays"), "every replica pays");
}
