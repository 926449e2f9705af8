//! How the questionnaire speaks: the question of each field, why the fixed ones are asked, what each word means.

/// The question of a field.
pub fn question(path: &str) -> &'static str {
    match path {
        "name" => "What is this workload called?",
        "region" => "Which AWS Region?",
        "layer" => "What does the cache stand in front of?",
        "interface" => "How does the workload read the cache?",
        "latency" => "How fast must a hit be?",
        "scale_to_zero" => "May it cost something while nobody uses it?",
        "private_access" => "Must it be reachable without a public endpoint?",
        "traffic.reads" => "How many reads?",
        "traffic.writes" => "How many writes does the application make itself?",
        "traffic.peak_reads" => "How many reads at the peak?",
        "traffic.peak_writes" => "How many writes at the peak?",
        "traffic.keys_per_read" => "How many keys does one read fetch?",
        "traffic.connections" => "How many client connections at once?",
        "traffic.hottest_key_share" => "What share of reads is on the hottest key?",
        "traffic.active_hours" => "How many hours a month is there traffic?",
        "data.item_size" => "How large is an item on average?",
        "data.max_item_size" => "How large is the largest item?",
        "data.working_set" => "How much should the cache hold?",
        "data.ttl" => "How stale may an item be?",
        "data.hit_ratio" => "What share of reads will hit?",
        "requirements.consistency" => "Must a read see the last write?",
        "requirements.durability" => "What may happen to cached data?",
        "requirements.pattern" => "Who fills the cache?",
        "requirements.protocol" => "What do the clients speak already?",
        "requirements.features" => "Which operations are needed?",
        "requirements.availability" => "Must it keep serving when a zone is lost?",
        "requirements.client_changes" => "May application code change?",
        "requirements.eviction" => "Must it stay under a size by itself?",
        "requirements.multi_region" => "What do other Regions do with the cache?",
        "requirements.replica_regions" => "Which Regions hold a replica?",
        "compute" => "Who calls the cache?",
        "instances" => "How many processes read the cache?",
        "origin.kind" => "Where does a miss go?",
        "origin.latency" => "How long does a read at the origin take?",
        "origin.price_per_million_reads" => "What do a million reads at the origin cost?",
        "network.vpc" => "Do the callers live in a VPC?",
        "network.internet_from_vpc" => "Do functions in the VPC need the internet?",
        "viewers" => "Where are the viewers?",
        "optimize_for" => "What matters most?",
        _ => "",
    }
}

/// Why a question is asked of everybody; the others say what their answer would change.
pub fn reason(path: &str) -> &'static str {
    match path {
        "layer" => "it decides which services come into question at all.",
        "latency" => "services slower than that are ruled out.",
        "scale_to_zero" => "`required` rules out everything with a price by the hour.",
        "private_access" => "`required` rules out what only has a public endpoint.",
        "traffic.reads" => "requests are the larger part of most bills.",
        "data.item_size" => "prices go by the kilobyte, and services have size limits.",
        "data.working_set" => "stored bytes are billed, and some services have a minimum.",
        "region" => "prices and services differ between Regions.",
        "name" => "it heads the report and names the stack.",
        _ => "",
    }
}

/// Low, expected and high for somebody who is not sure of an answer that a profile cannot do without.
pub fn guess(path: &str) -> Option<&'static str> {
    Some(match path {
        "name" => "my-workload",
        "region" => "us-east-1",
        "traffic.reads" => "20/s..200/s..2000/s",
        "data.item_size" => "1 KiB..4 KiB..64 KiB",
        "data.working_set" => "200 MiB..2 GiB..20 GiB",
        _ => return None,
    })
}

/// What a word means as an answer to a question; short enough for a narrow terminal.
pub fn gloss(path: &str, word: &str) -> &'static str {
    match (path, word) {
        ("layer", "client") => "browsers and apps; the same as edge",
        ("layer", "edge") => "public HTTP: pages, images, web APIs",
        ("layer", "application") => "code: sessions, results, counters",
        ("layer", "database") => "a database that is read too often",
        ("layer", "storage") => "files or objects read by many machines",
        ("interface", "http") => "requests to URLs",
        ("interface", "key-value") => "get and set by key",
        ("interface", "object") => "whole objects, as in S3",
        ("interface", "posix") => "a mounted file system",
        ("scale_to_zero", "required") => "no: idle must cost almost nothing",
        ("scale_to_zero", "preferred") => "better not",
        ("scale_to_zero", "no") => "yes, a fixed price is fine",
        ("private_access", "required") => "yes, private addresses only",
        ("private_access", "preferred") => "better so",
        ("private_access", "no") => "no, a public endpoint is fine",
        ("requirements.consistency", "eventual") => "soon after is fine",
        ("requirements.consistency", "strong") => "always, at once",
        ("requirements.durability", "rebuildable") => "it may vanish, the origin has it",
        ("requirements.durability", "survives-restart") => "it outlives a restart",
        ("requirements.durability", "survives-az-loss") => "it outlives a lost zone",
        ("requirements.pattern", "any") => "all the same",
        ("requirements.pattern", "read-through") => "the cache, on a miss",
        ("requirements.pattern", "cache-aside") => "the application, on a miss",
        ("requirements.pattern", "write-through") => "the application, on each write",
        ("requirements.protocol", "any") => "nothing yet, or it may change",
        ("requirements.protocol", "http") => "HTTP",
        ("requirements.protocol", "redis") => "Redis or Valkey commands",
        ("requirements.protocol", "memcached") => "Memcached commands",
        ("requirements.protocol", "dynamodb") => "the DynamoDB API",
        ("requirements.protocol", "s3") => "the S3 API",
        ("requirements.protocol", "lustre") => "a Lustre mount",
        ("requirements.protocol", "nfs") => "an NFS mount",
        ("requirements.features", word) => feature(word),
        ("requirements.availability", "single-az") => "no, a gap is fine",
        ("requirements.availability", "multi-az") => "yes",
        ("requirements.client_changes", "allowed") => "yes",
        ("requirements.client_changes", "minimal") => "as little as possible",
        ("requirements.eviction", "required") => "yes, old items make room",
        ("requirements.eviction", "no") => "no",
        ("requirements.multi_region", "no") => "nothing",
        ("requirements.multi_region", "reads") => "read it there",
        ("requirements.multi_region", "writes") => "read and write it there",
        ("compute", word) => compute(word),
        ("origin.kind", word) => origin(word),
        ("network.vpc", "existing") => "yes, in one that exists",
        ("network.vpc", "none") => "no",
        ("network.internet_from_vpc", "yes") => "yes, that takes a NAT gateway",
        ("network.internet_from_vpc", "no") => "no",
        ("optimize_for", "balanced") => "cost and speed",
        ("optimize_for", "cost") => "a low price",
        ("optimize_for", "latency") => "speed",
        _ => "",
    }
}

fn feature(word: &str) -> &'static str {
    match word {
        "sorted-sets" => "leaderboards, rankings",
        "pub-sub" => "messages to subscribers",
        "lists" => "queues, recent items",
        "atomic-counters" => "counting without races",
        "transactions" => "several changes or none",
        "conditional-writes" => "write only if unchanged",
        "scripting" => "code inside the cache",
        "geospatial" => "what is near a place",
        "json" => "reading parts of documents",
        "byte-range-reads" => "reading parts of objects",
        "append" => "adding to an object",
        "file-locks" => "locks on files",
        "path-invalidation" => "dropping URLs",
        "tag-invalidation" => "dropping by tag",
        "signed-urls" => "links that expire",
        "streams" => "a log that readers follow",
        "vector-search" => "nearest neighbours",
        _ => "",
    }
}

fn compute(word: &str) -> &'static str {
    match word {
        "browser" => "browsers and apps",
        "lambda" => "Lambda functions",
        "fargate" => "containers on Fargate",
        "ecs-ec2" => "ECS containers on EC2",
        "ec2" => "EC2 instances",
        "eks" => "Kubernetes on EKS",
        "on-premises" => "machines outside AWS",
        _ => "",
    }
}

fn origin(word: &str) -> &'static str {
    match word {
        "s3" => "an S3 bucket",
        "dynamodb" => "a DynamoDB table",
        "aurora" => "Aurora",
        "rds" => "another RDS database",
        "http-api" => "an API Gateway HTTP API",
        "rest-api" => "an API Gateway REST API",
        "load-balancer" => "a load balancer",
        "lambda" => "a Lambda function",
        "nfs" => "an NFS server",
        "on-premises" => "something outside AWS",
        "other" => "something else",
        _ => "",
    }
}

/// How an answer that is typed is written.
pub fn example(path: &str, of_shape: &str) -> String {
    match path {
        "region" => "eu-west-1".to_owned(),
        "latency" => "5 ms, or p50: 2 ms, p99: 10 ms".to_owned(),
        "traffic.reads" | "traffic.writes" => {
            "1200/s, 40k/min, 3M/day, 2B/month, or a range 800/s..1500/s".to_owned()
        }
        "traffic.peak_reads" | "traffic.peak_writes" => "20k/s".to_owned(),
        "data.item_size" | "data.max_item_size" => "4 KiB (1024), 300 KB (1000), 2 MB".to_owned(),
        "data.working_set" => "500 MB, 20 GiB, 1.5 TB, or a range 10 GiB..30 GiB".to_owned(),
        "data.ttl" => "30 s, 5 min, 1 day, none".to_owned(),
        "viewers" => "north-america 60 %, europe 40 %".to_owned(),
        "requirements.replica_regions" => "eu-west-1, us-west-2".to_owned(),
        "name" => "product-pages".to_owned(),
        "instances" => "12".to_owned(),
        _ => of_shape.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::{FIRST, NEVER};
    use crate::workload::fields::{FIELDS, Shape};

    #[test]
    fn every_question_is_worded_and_fits_sixty_columns() {
        for field in FIELDS
            .iter()
            .filter(|f| f.path == "name" || !NEVER.contains(&f.path))
        {
            let asked = question(field.path);
            assert!(
                asked.ends_with('?') && asked.len() <= 56,
                "{}: {asked}",
                field.path
            );
            assert!(
                !field.typical.is_empty(),
                "{} has no typical values",
                field.path
            );
            if let Shape::Word(words) | Shape::Words(words) = field.shape {
                let pad = words().iter().map(|w| w.len()).max().unwrap();
                for word in words() {
                    let gloss = gloss(field.path, word);
                    assert!(!gloss.is_empty(), "{}: {word}", field.path);
                    assert!(
                        8 + pad + gloss.len() <= 60,
                        "{}: {word}: {gloss}",
                        field.path
                    );
                }
            }
        }
        for path in FIRST.iter().chain(&["name"]) {
            assert!(!reason(path).is_empty(), "{path}");
        }
    }
}
