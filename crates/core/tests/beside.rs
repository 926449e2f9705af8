//! Rows beside the candidates: layouts and prices, to the cent, from the price lists and AWS's sizing rules.
#![allow(clippy::unwrap_used, reason = "a test stops on any fault")]

mod support;

use cachewright_core::domain::comparison::{FileSystem, Layout, Nodes, Spec};
use cachewright_core::domain::decision::{Candidate, Decision, Verdict};
use cachewright_core::words;
use rust_decimal::Decimal;
use support::decided;

/// A key-value workload.
fn cache(region: &str, reads: &str, working_set: &str, more: &str) -> Decision {
    decided(&format!(
        "region: {region}\nlayer: application\ntraffic: {{ reads: {reads} }}\ndata: {{ item_size: 1 KiB, working_set: {working_set} }}\n{more}"
    ))
}

fn row<'d>(d: &'d Decision, service: &str, variant: Option<&str>) -> Option<&'d Candidate> {
    d.candidates.iter().find(|c| {
        c.verdict == Verdict::Comparison
            && c.pick.service == service
            && c.pick.variant.as_deref() == variant
    })
}

fn cost(c: &Candidate) -> String {
    let range = c.cost.unwrap();
    assert!(!range.expected.incomplete, "{}", c.name);
    let lines: Decimal = c.lines.iter().map(|l| l.cost.unwrap().0).sum();
    assert_eq!(lines, range.expected.known.0, "the lines are the bill");
    range.expected.known.0.round_dp(3).normalize().to_string()
}

fn nodes(c: &Candidate) -> &Nodes {
    match c.spec.as_ref().unwrap() {
        Spec::Nodes(nodes) => nodes,
        other => panic!("{other:?}"),
    }
}

/// `6 × cache.r6g.large 721.824`.
fn said(layout: &Layout) -> String {
    let monthly = layout.monthly.0.normalize();
    format!("{} × {} {monthly}", layout.nodes, layout.kind)
}

/// The layout of an ElastiCache row, or `-`.
fn layout(d: &Decision, variant: &str) -> String {
    row(d, "elasticache-nodes", Some(variant)).map_or("-".to_owned(), |c| {
        let nodes = nodes(c);
        assert_eq!(
            nodes.layout.monthly.0.round_dp(3).normalize().to_string(),
            cost(c)
        );
        said(&nodes.layout)
    })
}

const MEMCACHED: &str = "requirements: { protocol: memcached }";

/// Worked examples: type, Region and price list are AWS's, the arithmetic is in the comments.
#[test]
fn layouts_of_nodes_are_those_reckoned_by_hand() {
    // stored = items × (1,024 + 32 + 90), Memcached + 60; usable = maxmemory less the reserve.
    for (region, reads, set, more, burstable, steady, reserved) in [
        // 2,403,336,192 B: one t4g.medium of 2,488,396,677 B at 0.052; one m6g.large at 0.1192.
        (
            "us-east-1",
            "2000/s",
            "2 GiB",
            "",
            "2 × cache.t4g.medium 75.92",
            "2 × cache.m6g.large 174.032",
            "2 × cache.m6g.large 119.136",
        ),
        // 5,851,054,080 B: two t4g.medium of 3,064 MiB at 0.065; one m6g.large would do, two survive a zone.
        (
            "us-east-1",
            "5000/s",
            "5 GiB",
            MEMCACHED,
            "2 × cache.t4g.medium 94.9",
            "2 × cache.m6g.large 217.54",
            "2 × cache.m6g.large 148.92",
        ),
        // 24,033,361,920 B: three r6g.large of 10,527,885,772 B at 0.1648, each with a replica.
        (
            "us-east-1",
            "5000/s",
            "20 GiB",
            "",
            "-",
            "6 × cache.r6g.large 721.824",
            "6 × cache.r6g.large 494.064",
        ),
        // 120,166,809,600 B: eleven r8g.large of 11,416,871,632 B at 0.1756; r8g has no reserved price.
        (
            "us-east-1",
            "20000/s",
            "100 GiB",
            "",
            "-",
            "22 × cache.r8g.large 2820.136",
            "6 × cache.r6g.2xlarge 1965.744",
        ),
        // 586,752,000 B: more than two t4g.micro, one t4g.small of 1,029,718,409 B at 0.0256.
        (
            "us-east-1",
            "500/s",
            "500 MiB",
            "",
            "2 × cache.t4g.small 37.376",
            "2 × cache.m6g.large 174.032",
            "2 × cache.m6g.large 119.136",
        ),
        // 12,016,680,960 B: one r6g.xlarge at 0.3288 beats two shards of r6g.large at 0.1648.
        (
            "us-east-1",
            "20000/s",
            "10 GiB",
            "",
            "-",
            "2 × cache.r6g.xlarge 480.048",
            "2 × cache.r6g.xlarge 328.208",
        ),
        // 60,083,404,800 B: six r6g.large and three r6g.xlarge cost the same; fewer nodes win.
        (
            "eu-west-1",
            "10000/s",
            "50 GiB",
            "",
            "-",
            "6 × cache.r6g.xlarge 1604.832",
            "-",
        ),
        // 7,210,008,576 B: one r6g.large at 0.1968.
        (
            "ap-northeast-2",
            "3000/s",
            "6 GiB",
            "",
            "-",
            "2 × cache.r6g.large 287.328",
            "-",
        ),
    ] {
        let d = cache(region, reads, set, more);
        let found = ["burstable", "on-demand", "reserved"].map(|v| layout(&d, v));
        assert_eq!(
            found,
            [burstable, steady, reserved],
            "{region} {reads} {set}"
        );
    }
}

#[test]
fn a_row_says_how_full_it_is_and_what_fewer_nodes_or_a_reservation_would_be() {
    let d = cache("us-east-1", "20000/s", "100 GiB", "");
    let found = nodes(row(&d, "elasticache-nodes", Some("on-demand")).unwrap());
    assert_eq!((found.shards, found.replicas), (Some(11), 1));
    assert_eq!(found.used.round_dp(3).to_string(), "0.957");
    // Three shards of 42,533,387,673 B: 6 × 0.6568 × 730.
    assert_eq!(
        said(found.fewer.as_ref().unwrap()),
        "6 × cache.r6g.2xlarge 2876.784"
    );
    let d = cache("us-east-1", "2000/s", "2 GiB", "");
    let found = nodes(row(&d, "elasticache-nodes", Some("burstable")).unwrap());
    assert_eq!(
        said(found.reserved.as_ref().unwrap()),
        "2 × cache.t4g.medium 51.392"
    );
    assert_eq!(found.used.round_dp(3).to_string(), "0.966");
    let d = cache("us-east-1", "5000/s", "20 GiB", "");
    assert_eq!(
        nodes(row(&d, "elasticache-nodes", Some("on-demand")).unwrap()).fewer,
        None
    );
}

/// A client without cluster mode needs the whole set on one primary.
#[test]
fn a_client_that_cannot_spread_gets_one_shard() {
    let more = "requirements: { protocol: redis, features: [multi-slot-operations] }";
    for (region, set, reads, wanted) in [
        (
            "us-east-1",
            "20 GiB",
            "5000/s",
            "2 × cache.r6g.2xlarge 958.928",
        ),
        (
            "us-east-1",
            "100 GiB",
            "20000/s",
            "2 × cache.r6g.8xlarge 3835.712",
        ),
        (
            "eu-west-1",
            "50 GiB",
            "10000/s",
            "2 × cache.r6g.4xlarge 2139.776",
        ),
    ] {
        assert_eq!(
            layout(&cache(region, reads, set, more), "on-demand"),
            wanted
        );
    }
}

/// The last byte that fits, and the next: at 1 B of value an item is 123 B.
#[test]
fn a_node_is_left_at_the_byte_it_cannot_hold() {
    let d = |bytes: u64| {
        let item = "data: { item_size: 123 B, key_size: 33 B, working_set: ";
        decided(&format!(
            "region: us-east-1\nlayer: application\ntraffic: {{ reads: 1/s }}\n{item}{bytes} B }}\n"
        ))
    };
    // 246 B an item, twice its value: 2,488,396,677 B are stored for half as many bytes of values.
    let at = |bytes| layout(&d(bytes), "burstable");
    assert_eq!(at(2_488_396_676 / 2), "2 × cache.t4g.medium 75.92");
    assert_eq!(at(2_488_396_680 / 2), "-");
}

#[test]
fn commands_and_bandwidth_ask_for_nodes_as_bytes_do() {
    // 70,000 a second are two large nodes' shards or one xlarge: 2 × 0.2376 × 730 < 4 × 0.1192 × 730.
    let d = cache("us-east-1", "70000/s", "2 GiB", "");
    assert_eq!(layout(&d, "on-demand"), "2 × cache.m6g.xlarge 346.896");
    assert_eq!(layout(&d, "burstable"), "-");
    // 1.6384 Gbit/s: three m6g.large of 0.75, two m7g.large of 0.937, one m7g.xlarge of 1.876.
    let d = decided(
        "region: us-east-1\nlayer: application\ntraffic: { reads: 2000/s }\ndata: { item_size: 100 KiB, working_set: 2 GiB }\n",
    );
    assert_eq!(layout(&d, "on-demand"), "2 × cache.m7g.xlarge 367.92");
    // Peaks of 400,500 a second: seven shards of 62,500; credits cannot last.
    let d = decided(
        "region: us-east-1\nlayer: application\ntraffic: { reads: 10k/s, writes: 500/s, peak_reads: 400k/s }\ndata: { item_size: 1 KiB, working_set: 3 GiB, ttl: 1 min, hit_ratio: 98 % }\n",
    );
    assert_eq!(layout(&d, "on-demand"), "14 × cache.m6g.large 1218.224");
    assert_eq!(layout(&d, "burstable"), "-");
}

#[test]
fn a_region_sells_what_it_sells() {
    // No t4g: t3.medium at 0.0576.
    let d = cache("eu-south-2", "2000/s", "2 GiB", "");
    assert_eq!(layout(&d, "burstable"), "2 × cache.t3.medium 84.096");
    let d = cache("ap-southeast-6", "2000/s", "2 GiB", "");
    let found = row(&d, "elasticache-nodes", Some("on-demand")).unwrap();
    assert!(nodes(found).at_most);
    assert_eq!(nodes(found).layout.kind, "cache.r7g.xlarge");
    assert!(
        found
            .cautions
            .iter()
            .any(|c| c.code() == "nodes-few-prices")
    );
    assert_eq!(
        layout(&d, "burstable"),
        "-",
        "no row stands for what has no price"
    );
    let d = cache("eu-west-1", "2000/s", "2 GiB", "");
    let found = row(&d, "elasticache-nodes", Some("on-demand")).unwrap();
    assert!(!nodes(found).at_most && row(&d, "elasticache-nodes", Some("reserved")).is_none());
}

#[test]
fn memorydb_stands_beside_what_must_be_durable() {
    let durable = "requirements: { protocol: redis, durability: survives-az-loss }";
    let of =
        |d: &Decision, v| row(d, "memorydb", Some(v)).map(|c| (said(&nodes(c).layout), cost(c)));
    let d = cache("us-east-1", "2000/s", "2 GiB", durable);
    // 2 × 0.0679 × 730 and 2 × 0.2163 × 730.
    let pair = |layout: &str, cost: &str| Some((format!("{layout} {cost}"), cost.to_owned()));
    assert_eq!(of(&d, "burstable"), pair("2 × db.t4g.medium", "99.134"));
    assert_eq!(of(&d, "on-demand"), pair("2 × db.r7g.large", "315.798"));
    // Three shards with a replica each; r6g costs the same, the newer one is named.
    let d = cache("us-east-1", "5000/s", "20 GiB", durable);
    assert_eq!(of(&d, "on-demand"), pair("6 × db.r7g.large", "947.394"));
    assert_eq!(
        of(&cache("us-east-1", "5000/s", "20 GiB", ""), "on-demand"),
        None
    );
    assert_eq!(
        of(
            &cache("eu-central-2", "5000/s", "20 GiB", durable),
            "on-demand"
        ),
        None
    );
}

/// Written bytes above 10,000 GB a month have no price: the row is a lower bound and says what is missing.
#[test]
fn memorydb_does_not_guess_what_writing_costs() {
    let d = decided(
        "region: us-east-1\nlayer: application\ntraffic: { reads: 100/s, writes: 5000/s }\ndata: { item_size: 1 KiB, working_set: 2 GiB }\nrequirements: { protocol: redis, durability: survives-az-loss }\n",
    );
    let found = row(&d, "memorydb", Some("on-demand")).unwrap();
    assert!(found.cost.unwrap().expected.incomplete && !found.headline);
    let missing = found.lines.iter().find(|l| l.cost.is_none()).unwrap();
    assert_eq!(missing.meter, "data-written-gb");
}

fn dax(region: &str, traffic: &str, data: &str) -> Decision {
    decided(&format!(
        "region: {region}\nlayer: database\ntraffic: {{ {traffic} }}\ndata: {{ {data} }}\norigin: {{ kind: dynamodb }}\n"
    ))
}

#[test]
fn dax_is_sized_by_memory_and_by_normalised_requests() {
    let of = |d: &Decision| row(d, "dax", None).map(|c| (said(&nodes(c).layout), cost(c)));
    let pair = |layout: &str, cost: &str| Some((format!("{layout} {cost}"), cost.to_owned()));
    // AWS's example: 50,000 hits × 2 + 1,000 misses × 2 × 10 + 100 × 25 × 2 × 3 = 135,000, × 1.5 = 202,500 ≤ 225,000.
    let hits = "reads: 51000/s, writes: 100/s";
    let d = dax(
        "us-east-1",
        hits,
        "item_size: 2 KiB, working_set: 10 GiB, hit_ratio: 98.0392 %",
    );
    assert_eq!(of(&d), pair("3 × dax.r5.large", "558.45"));
    let d = dax(
        "us-east-1",
        "reads: 20000/s, writes: 200/s",
        "item_size: 1 KiB, working_set: 10 GiB, hit_ratio: 90 %",
    );
    assert_eq!(of(&d), pair("3 × dax.r5.large", "558.45"));
    let d = dax(
        "eu-west-1",
        "reads: 100/s",
        "item_size: 1 KiB, working_set: 20 GiB, hit_ratio: 90 %",
    );
    assert_eq!(of(&d), pair("3 × dax.r5.xlarge", "1239.54"));
    // 30,000 lookups and 5,000 writes: 405,000 × 1.5 fit three r5.2xlarge, 100 GB need r5.4xlarge.
    let d = dax(
        "eu-west-1",
        "reads: 10000/s, writes: 5000/s, keys_per_read: 3",
        "item_size: 1 KB, working_set: 100 GB, hit_ratio: 100 %",
    );
    assert_eq!(of(&d), pair("3 × dax.r5.4xlarge", "4964.73"));
    // Not sold, another origin, more writes than a cluster takes, more data than a node.
    for (region, traffic, data) in [
        (
            "ap-northeast-2",
            "reads: 100/s",
            "item_size: 1 KiB, working_set: 20 GiB",
        ),
        (
            "us-east-1",
            "reads: 100/s, writes: 40001/s",
            "item_size: 1 KiB, working_set: 20 GiB",
        ),
        (
            "us-east-1",
            "reads: 100/s",
            "item_size: 1 KiB, working_set: 768 GiB",
        ),
    ] {
        assert_eq!(of(&dax(region, traffic, data)), None, "{region} {traffic}");
    }
    assert_eq!(of(&cache("us-east-1", "100/s", "20 GiB", "")), None);
}

fn files(region: &str, traffic: &str, data: &str, origin: &str) -> Decision {
    decided(&format!(
        "region: {region}\nlayer: storage\ninterface: posix\ntraffic: {{ {traffic} }}\ndata: {{ {data} }}\norigin: {{ kind: {origin} }}\n"
    ))
}

fn lustre(d: &Decision) -> Option<(String, String)> {
    let found = row(d, "fsx-lustre", Some("persistent-2"));
    let found = found.or_else(|| row(d, "fsx-lustre", Some("scratch-2")))?;
    let Some(Spec::FileSystem(fs)) = &found.spec else {
        panic!("{:?}", found.spec)
    };
    Some((
        format!("{} GiB at {}", fs.gib, fs.mbps_per_tib),
        cost(found),
    ))
}

#[test]
fn a_file_system_is_the_cheapest_pair_of_capacity_and_level() {
    let pair = |spec: &str, cost: &str| Some((spec.to_owned(), cost.to_owned()));
    for (region, traffic, data, wanted) in [
        (
            "us-east-1",
            "reads: 1/s",
            "item_size: 1 MB, working_set: 500 GiB",
            pair("1200 GiB at 125", "174"),
        ),
        // 600 MB/s: 586 at 500 on 1,200 GiB and at 250 on 2,400 are too slow; 2,400 at 500 costs 816.
        (
            "us-east-1",
            "reads: 600/s",
            "item_size: 1 MB, working_set: 500 GiB",
            pair("1200 GiB at 1000", "720"),
        ),
        (
            "us-east-1",
            "reads: 1/s",
            "item_size: 1 MB, working_set: 9600 GiB",
            pair("9600 GiB at 125", "1392"),
        ),
        // 293 MB/s on 1,200 GiB.
        (
            "eu-west-1",
            "reads: 290/s",
            "item_size: 1 MB, working_set: 500 GiB",
            pair("1200 GiB at 250", "277.2"),
        ),
        // No Persistent 2 price: Scratch 2.
        (
            "af-south-1",
            "reads: 1/s",
            "item_size: 1 MB, working_set: 500 GiB",
            pair("1200 GiB at 200", "220.8"),
        ),
        // 1,400 MB/s of reads and writes.
        (
            "us-east-1",
            "reads: 300/s, writes: 50/s",
            "item_size: 4 MB, working_set: 4 TB",
            pair("7200 GiB at 250", "1512"),
        ),
        (
            "us-east-1",
            "reads: 500/s",
            "item_size: 20 MB, working_set: 8 TB",
            pair("12000 GiB at 1000", "7200"),
        ),
    ] {
        assert_eq!(
            lustre(&files(region, traffic, data, "s3")),
            wanted,
            "{region} {traffic}"
        );
    }
    let data = "item_size: 1 MB, working_set: 500 GiB";
    assert_eq!(
        lustre(&files("us-east-1", "reads: 1/s", data, "nfs")),
        None,
        "links to S3 only"
    );
    assert!(
        lustre(&files("us-east-1", "reads: 1/s", data, "none")).is_some(),
        "a store"
    );
    assert!(lustre(&files("us-gov-east-1", "reads: 1/s", data, "s3")).is_some());
    let scratch = files("af-south-1", "reads: 1/s", data, "s3");
    let found = row(&scratch, "fsx-lustre", Some("scratch-2")).unwrap();
    assert!(
        found
            .cautions
            .iter()
            .any(|c| c.code() == "file-system-scratch")
    );
}

#[test]
fn a_file_system_of_bursts_says_what_the_active_hours_cost() {
    let d = files(
        "us-east-1",
        "reads: 1/s, active_hours: 160 h",
        "item_size: 1 MB, working_set: 500 GiB",
        "s3",
    );
    let Some(Spec::FileSystem(FileSystem { while_active, .. })) =
        &row(&d, "fsx-lustre", Some("persistent-2")).unwrap().spec
    else {
        panic!("no file system")
    };
    // 174 × 160 / 730.
    assert_eq!(while_active.unwrap().0.round_dp(2).to_string(), "38.14");
}

#[test]
fn a_file_layer_bills_small_files_on_the_layer_and_large_ones_at_the_bucket() {
    let of =
        |d: &Decision| row(d, "s3-files", None).map(|c| (cost(c), c.cost.unwrap().high.known.0));
    // 131.4 M reads: GETs 52.56, metadata 131.4 M × 4 KiB = 501.25 GiB × 0.03 = 15.0375…
    let d = files(
        "us-east-1",
        "reads: 50/s",
        "item_size: 5 MiB, working_set: 500 GiB",
        "s3",
    );
    let (found, high) = of(&d).unwrap();
    assert_eq!(
        found.parse::<Decimal>().unwrap().round_dp(2).to_string(),
        "67.60"
    );
    assert_eq!(high.round_dp(3), found.parse::<Decimal>().unwrap());
    // 50 GiB × 0.30, a million reads of 68 KiB × 0.03; the import of 50 GiB × 0.06 in the first month.
    let d = files(
        "us-east-1",
        "reads: 1M/month",
        "item_size: 64 KiB, working_set: 50 GiB",
        "s3",
    );
    let (found, high) = of(&d).unwrap();
    assert_eq!(found, "16.945");
    assert_eq!(high.round_dp(3).normalize().to_string(), "19.945");
    let data = "item_size: 64 KiB, working_set: 50 GiB";
    assert_eq!(
        of(&files("eu-west-1", "reads: 1/s", data, "s3")),
        None,
        "no price is copied"
    );
    assert_eq!(of(&files("us-east-1", "reads: 1/s", data, "nfs")), None);
}

fn objects(traffic: &str, data: &str, origin: &str) -> Decision {
    decided(&format!(
        "region: us-east-1\nlayer: storage\ninterface: object\ntraffic: {{ {traffic} }}\ndata: {{ {data} }}\norigin: {{ kind: {origin} }}\n"
    ))
}

#[test]
fn reading_a_bucket_directly_costs_its_requests() {
    let data = "item_size: 1 MiB, working_set: 1 TiB";
    let d = objects("reads: 1000/s, writes: 10/s", data, "s3");
    let found = row(&d, "s3-standard", None).unwrap();
    assert_eq!(cost(found), "1051.2");
    assert_eq!(
        found.origin_reads_remaining,
        Decimal::ZERO,
        "its reads are the reads"
    );
    assert_eq!(
        found.saving.unwrap().expected.0,
        Decimal::ZERO,
        "it is the present state"
    );
    // A store of its own also pays for bytes and puts: 1,024 × 0.023 and 26.28 M × 0.000005.
    let d = objects("reads: 1000/s, writes: 10/s", data, "none");
    assert_eq!(cost(row(&d, "s3-standard", None).unwrap()), "1206.152");
    assert!(
        row(
            &objects("reads: 1/s", data, "on-premises"),
            "s3-standard",
            None
        )
        .is_none()
    );
}

#[test]
fn momento_is_sold_in_its_cells_and_up_to_its_limit() {
    let of = |d: &Decision| row(d, "momento", None).map(cost);
    // 2,403,336,192 B are 3 GiB, twice.
    let d = cache("us-east-1", "100/s", "2 GiB", "");
    assert_eq!(of(&d), Some("180".to_owned()));
    assert!(
        !row(&d, "momento", None).unwrap().headline,
        "a preview is no answer"
    );
    assert_eq!(of(&cache("eu-west-3", "100/s", "2 GiB", "")), None);
    assert_eq!(of(&cache("us-east-1", "100/s", "500 GiB", "")), None);
    assert_eq!(
        of(&cache(
            "us-east-1",
            "100/s",
            "2 GiB",
            "private_access: required"
        )),
        None
    );
}

#[test]
fn a_row_that_misses_a_must_have_says_which_and_stays_out_of_the_headline() {
    let d = cache("us-east-1", "5000/s", "20 GiB", "scale_to_zero: required");
    let found = row(&d, "elasticache-nodes", Some("on-demand")).unwrap();
    let missed = found
        .cautions
        .iter()
        .find(|c| c.code() == "scale-to-zero")
        .unwrap();
    assert!(
        words::caution(missed).contains("`scale_to_zero`"),
        "{}",
        words::caution(missed)
    );
    assert!(!found.headline);
    let d = cache("us-east-1", "5000/s", "20 GiB", "");
    assert!(
        row(&d, "elasticache-nodes", Some("on-demand"))
            .unwrap()
            .headline
    );
    for variant in ["burstable", "reserved"] {
        let found = row(&d, "elasticache-nodes", Some(variant));
        assert!(found.is_none_or(|c| !c.headline), "{variant}");
    }
    // Durability and replicas in other Regions exclude each other on nodes, not on MemoryDB.
    let more = "latency: 1 ms\nrequirements: { protocol: redis, durability: survives-az-loss, multi_region: reads }";
    let d = cache("us-east-1", "5000/s", "60 GiB", more);
    assert!(row(&d, "memorydb", Some("on-demand")).unwrap().headline);
}

#[test]
fn the_headline_names_what_is_much_cheaper_or_alone_fits() {
    let redis = "requirements: { protocol: redis }";
    let d = cache("us-east-1", "5000/s", "20 GiB", redis);
    let beyond = d.beyond.unwrap();
    let found = &d.candidates[beyond.row];
    assert_eq!(
        (found.pick.service.as_str(), found.pick.variant.as_deref()),
        ("elasticache-nodes", Some("on-demand"))
    );
    let own: Decimal = d
        .winner()
        .unwrap()
        .lines
        .iter()
        .filter(|l| l.service != "network")
        .map(|l| l.cost.unwrap().0)
        .sum();
    assert_eq!(beyond.less.unwrap(), (own - Decimal::new(721_824, 3)) / own);
    let sentence = words::beyond(&d).unwrap();
    for word in [
        "6 × cache.r6g.large",
        "$721.82",
        "3 shards",
        "capacity planning",
    ] {
        assert!(sentence.contains(word), "{sentence}");
    }
    // Small and idle: nodes are dearer than memory by the hour.
    assert_eq!(cache("us-east-1", "10/s", "100 MiB", redis).beyond, None);
    // Nothing of the five has it.
    let alone = "requirements: { protocol: redis, features: [multi-slot-operations] }";
    let d = cache("us-east-1", "100/s", "1 GiB", alone);
    assert!(d.winner().is_none());
    let beyond = d.beyond.unwrap();
    assert_eq!(
        (d.candidates[beyond.row].pick.service.as_str(), beyond.less),
        ("elasticache-nodes", None)
    );
    assert!(words::beyond(&d).unwrap().contains("2 × cache.m6g.large"));
}

/// More data never costs less, in any row.
#[test]
fn cost_never_falls_when_data_grow() {
    let sizes = (0..60).map(|i| 64_u64 * 1024 * 1024 * (1 << (i / 4)) * (4 + i % 4) / 4);
    let shapes: [(&str, &dyn Fn(u64) -> Decision); 4] = [
        ("valkey", &|b| {
            cache(
                "us-east-1",
                "2000/s",
                &format!("{b} B"),
                "requirements: { protocol: redis, durability: survives-az-loss }",
            )
        }),
        ("memcached", &|b| {
            cache("eu-west-1", "2000/s", &format!("{b} B"), MEMCACHED)
        }),
        ("dax", &|b| {
            dax(
                "us-east-1",
                "reads: 20000/s, writes: 200/s",
                &format!("item_size: 1 KiB, working_set: {b} B, hit_ratio: 90 %"),
            )
        }),
        ("files", &|b| {
            files(
                "us-east-1",
                "reads: 100/s",
                &format!("item_size: 100 KiB, working_set: {b} B"),
                "s3",
            )
        }),
    ];
    for (shape, decide) in shapes {
        let mut last: Vec<((String, Option<String>), Decimal)> = Vec::new();
        for bytes in sizes.clone() {
            let d = decide(bytes);
            let rows = d
                .candidates
                .iter()
                .filter(|c| c.verdict == Verdict::Comparison);
            for c in rows {
                let key = (c.pick.service.clone(), c.pick.variant.clone());
                let now = c.cost.unwrap().expected.known.0;
                match last.iter_mut().find(|(k, _)| *k == key) {
                    Some((_, before)) => {
                        assert!(
                            now >= *before,
                            "{shape} {key:?} at {bytes} B: {before} → {now}"
                        );
                        *before = now;
                    }
                    None => last.push((key, now)),
                }
            }
        }
        assert!(!last.is_empty(), "{shape}");
    }
}

/// Rows have no place beside pages of the web, and in every Region every row has a complete price or says what is missing.
#[test]
fn every_region_has_rows_with_prices_or_none() {
    let (catalog, _) = support::shared();
    for region in &catalog.regions {
        let d = cache(
            &region.code,
            "100/s",
            "2 GiB",
            "origin: { kind: dynamodb }\nrequirements: { durability: survives-restart }",
        );
        let rows: Vec<_> = d
            .candidates
            .iter()
            .filter(|c| c.verdict == Verdict::Comparison)
            .collect();
        assert!(
            rows.iter().any(|c| c.pick.service == "elasticache-nodes"),
            "{}",
            region.code
        );
        for c in rows {
            assert!(
                !c.cost.unwrap().expected.incomplete,
                "{} {}",
                region.code,
                c.name
            );
            assert!(c.spec.is_some() && !c.lines.is_empty());
        }
    }
    let d = decided(
        "region: us-east-1\nlayer: edge\ntraffic: { reads: 10/s }\ndata: { item_size: 100 KiB, working_set: 1 GiB }\norigin: { kind: s3 }\n",
    );
    assert!(
        d.candidates
            .iter()
            .all(|c| c.verdict != Verdict::Comparison)
    );
}
