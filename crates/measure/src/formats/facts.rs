//! The one table of formats: name, what its logs are like, how it is told and how it is read.
//!
//! A new format is a row here and a parser beside it; nothing else knows all formats.

use std::fmt;
use std::str::FromStr;

use super::binary::Layout as Records;
use super::columns::{Layout, Sample};
use super::combined::Combined;
use super::delimited::{Delimited, JsonRows};
use super::detect::{Claim, Plan, Seen};
use super::events::{CloudTrail, Waf};
use super::labelled::{Kind, Labelled};
use super::memcached::Watch;
use super::proxies::{Envoy, Haproxy};
use super::redis::Monitor;
use super::servers::{Alb, Elb, S3, S3Json, Squid, Twitter};
use super::slowlog::{SlowJson, SlowText};
use super::stream::{JsonStream, ObjectFormat};
use super::traces::Blocks;
use super::w3c::{self, W3c, Writer};
use super::web::WebJson;
use super::{LineFormat, Reading, binary, detect};
use crate::engine::WritePolicy;

/// Every format that can be read, in the order of [`FACTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// CloudFront standard logs, legacy or v2, as W3C text.
    CloudfrontW3c,
    /// CloudFront standard logs v2 as JSON lines.
    CloudfrontJson,
    /// CloudFront standard logs v2 as Parquet.
    CloudfrontParquet,
    /// CloudFront real-time logs (tab-separated, fields in the documented order or `--fields`).
    CloudfrontRealtime,
    /// S3 server access logs.
    S3,
    /// Application Load Balancer access logs.
    Alb,
    /// nginx and Apache combined (or common) logs.
    Combined,
    /// Output of the Redis and Valkey `MONITOR` command.
    RedisMonitor,
    /// Delimited text with named or numbered columns.
    Csv,
    /// One JSON object per line.
    Jsonl,
    /// Parquet with named columns.
    Parquet,
    /// libCacheSim's 24-byte binary records.
    OracleGeneral,
    /// Twitter's production cache traces.
    Twitter,
    /// CloudPhysics block traces as CSV.
    CloudphysicsCsv,
    /// CloudPhysics block traces in VMware's binary vscsi format.
    Vscsi,
    /// References sampled by the query of `--emit-sql`, as CSV, JSON lines or Parquet.
    Sampled,
    /// Classic Load Balancer access logs.
    Elb,
    /// AWS WAF logs.
    AwsWaf,
    /// CloudTrail data events of S3 and DynamoDB.
    CloudTrail,
    /// Output of memcached's `watch` command.
    MemcachedWatch,
    /// Squid's native log.
    Squid,
    /// W3C logs of Microsoft's IIS.
    Iis,
    /// S3 server access logs as JSON, delivered by CloudWatch Logs.
    S3Json,
    /// HAProxy's HTTP log.
    Haproxy,
    /// Envoy's default access log.
    Envoy,
    /// The slow log of Redis and Valkey.
    RedisSlowlog,
    /// MSR Cambridge block traces without header.
    Msr,
    /// Block traces of the Storage Performance Council.
    Spc,
    /// Lines of `label:value` between tabs.
    Ltsv,
    /// Lines of `label=value` between spaces.
    Logfmt,
}

/// What is known about a format.
pub struct FormatFacts {
    /// Which one.
    pub format: Format,
    /// Name on the command line and in reports.
    pub name: &'static str,
    /// The layer of the profile that such logs come from.
    pub layer: &'static str,
    /// Records of one file are in time order.
    pub(crate) ordered: bool,
    /// A trace: several files are parts of it, in the order given.
    pub(crate) trace: bool,
    /// Requests state times to live.
    pub(crate) ttl: bool,
    /// What writes do to cached copies, unless the user knows better.
    pub(crate) writes: WritePolicy,
    /// `--columns` says what is where.
    pub(crate) columns: bool,
    /// What a miss goes to, as a word of the profile.
    pub origin: Option<&'static str>,
    /// What it is, and what a log needs to be read so.
    pub needs: &'static str,
    /// Where its layout is documented.
    pub source: &'static str,
    /// Whether a line is of this format.
    pub(crate) detect: fn(&Seen<'_>) -> Claim,
    /// How to read a file that starts with these bytes.
    pub(crate) read: fn(&[u8], &Reading) -> Result<Plan, String>,
}

/// Logs of servers that the public reaches: written when a response ends, so not in order. Caches
/// there hand writes on and keep their copies (nginx and Varnish do, CloudFront drops copies only by
/// invalidation), although RFC 9111 §4.4 would have them dropped.
const EDGE: FormatFacts = FormatFacts {
    format: Format::Combined,
    name: "combined",
    layer: "edge",
    ordered: false,
    trace: false,
    ttl: false,
    writes: WritePolicy::Pass,
    columns: false,
    origin: None,
    needs: "nginx combined, Apache common and combined, with or without virtual host in front",
    source: "https://httpd.apache.org/docs/2.4/logs.html",
    detect: |_| Claim::No,
    read: |_, reading| lines(Combined::new(reading)),
};

/// Rows with columns.
const ROWS: FormatFacts = FormatFacts {
    format: Format::Csv,
    name: "csv",
    layer: "application",
    ordered: true,
    writes: WritePolicy::Invalidate,
    columns: true,
    needs: "delimited text: columns of time and key by well-known names, or named with --columns",
    source: "docs/measure.md",
    read: csv,
    ..EDGE
};

/// Traces of caches and disks.
const TRACE: FormatFacts = FormatFacts {
    format: Format::Vscsi,
    name: "vscsi",
    layer: "storage",
    trace: true,
    writes: WritePolicy::Update,
    columns: false,
    needs: "CloudPhysics block traces, binary",
    source: "https://github.com/1a1a11a/libCacheSim",
    read: vscsi,
    ..ROWS
};

/// All formats, in the order of their names in messages; a line goes to the first that claims it.
pub static FACTS: [FormatFacts; 30] = [
    FormatFacts {
        format: Format::CloudfrontW3c,
        name: "cloudfront-w3c",
        needs: "CloudFront standard logs as text, with #Fields or in the documented order, or --fields",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
        detect: |seen| {
            let is_own = matches!(seen.writer, Some(Writer::Cloudfront));
            Claim::yes_if(is_own || w3c::is_any_standard(seen.line))
        },
        read: |head, reading| lines(W3c::new(head, reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::CloudfrontJson,
        name: "cloudfront-json",
        needs: "CloudFront standard logs v2 or real-time logs as JSON, one a line or not, also with the names of Athena",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
        detect: |seen| {
            Claim::yes_if(seen.has_name(&["cs-uri-stem", "x-edge-location", "cs_uri_stem"]))
        },
        read: |head, reading| objects(WebJson::new(head, reading), reading),
        ..EDGE
    },
    FormatFacts {
        format: Format::CloudfrontParquet,
        name: "cloudfront-parquet",
        needs: "CloudFront standard logs v2 as Parquet",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html",
        read: |_, _| Ok(Plan::Parquet),
        ..EDGE
    },
    FormatFacts {
        format: Format::CloudfrontRealtime,
        name: "cloudfront-realtime",
        columns: true,
        needs: "CloudFront real-time logs with all fields, or --fields with those configured",
        source: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html",
        detect: |seen| Claim::yes_if(w3c::is_realtime(seen.line)),
        read: realtime,
        ..EDGE
    },
    FormatFacts {
        format: Format::S3,
        name: "s3",
        layer: "storage",
        writes: WritePolicy::Invalidate,
        origin: Some("s3"),
        needs: "S3 server access logs",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html",
        detect: |seen| Claim::yes_if(S3::is_like(&seen.words)),
        read: |_, reading| lines(S3::new(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::Alb,
        name: "alb",
        origin: Some("load-balancer"),
        needs: "Application Load Balancer access logs",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
        detect: |seen| Claim::yes_if(Alb::is_like(&seen.words)),
        read: |_, reading| lines(Alb::new(reading)),
        ..EDGE
    },
    FormatFacts {
        detect: |seen| Claim::yes_if(Combined::is_like(&seen.words)),
        ..EDGE
    },
    FormatFacts {
        format: Format::RedisMonitor,
        name: "redis-monitor",
        ttl: true,
        writes: WritePolicy::Update,
        columns: false,
        needs: "output of MONITOR of Redis and Valkey; sizes of values never written need --default-size",
        source: "https://redis.io/docs/latest/commands/monitor/",
        detect: |seen| Claim::yes_if(Monitor::is_like(seen.line)),
        read: |_, reading| lines(Monitor::new(reading)),
        ..ROWS
    },
    FormatFacts { ..ROWS },
    FormatFacts {
        format: Format::Jsonl,
        name: "jsonl",
        needs: "JSON objects, one a line or not: fields of time and key as for csv, nested as in request.uri",
        detect: |seen| Claim::perhaps_if(seen.is_json()),
        read: |head, reading| objects(jsonl(head, reading, false)?, reading),
        ..ROWS
    },
    FormatFacts {
        format: Format::Parquet,
        name: "parquet",
        ordered: false,
        needs: "Parquet with columns as for csv",
        read: |_, _| Ok(Plan::Parquet),
        ..ROWS
    },
    FormatFacts {
        format: Format::OracleGeneral,
        name: "oracle-general",
        layer: "application",
        writes: WritePolicy::Invalidate,
        needs: "libCacheSim's 24-byte records",
        source: "https://github.com/1a1a11a/libCacheSim",
        read: |_, _| Ok(Plan::Records(Records::OracleGeneral)),
        ..TRACE
    },
    FormatFacts {
        format: Format::Twitter,
        name: "twitter",
        layer: "application",
        ttl: true,
        needs: "Twitter's cache traces: seven columns without header",
        source: "https://github.com/twitter/cache-trace",
        detect: |seen| Claim::yes_if(Twitter::is_like(seen.line)),
        read: |_, reading| lines(Twitter::new(reading)),
        ..TRACE
    },
    FormatFacts {
        format: Format::CloudphysicsCsv,
        name: "cloudphysics-csv",
        needs: "CloudPhysics block traces as CSV",
        source: "https://github.com/1a1a11a/libCacheSim",
        detect: |seen| Claim::yes_if(seen.header() == ["version", "time", "op", "size", "lbn"]),
        read: csv,
        ..TRACE
    },
    FormatFacts { ..TRACE },
    FormatFacts {
        format: Format::Sampled,
        name: "sampled",
        ordered: false,
        columns: false,
        needs: "what the query of --emit-sql wrote",
        detect: |seen| Claim::yes_if(seen.is_sampled()),
        read: sampled,
        ..ROWS
    },
    FormatFacts {
        format: Format::Elb,
        name: "elb",
        origin: Some("load-balancer"),
        needs: "Classic Load Balancer access logs",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html",
        detect: |seen| Claim::yes_if(Elb::is_like(&seen.words)),
        read: |_, reading| lines(Elb::new(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::AwsWaf,
        name: "aws-waf",
        needs: "AWS WAF logs as JSON; they tell no sizes, so --default-size",
        source: "https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html",
        detect: |seen| {
            Claim::yes_if(seen.has_name(&["webaclId"]) && seen.has_name(&["httpRequest"]))
        },
        read: |_, reading| objects(Waf::new(reading), reading),
        ..EDGE
    },
    FormatFacts {
        format: Format::CloudTrail,
        name: "cloudtrail",
        layer: "storage",
        writes: WritePolicy::Invalidate,
        origin: Some("s3"),
        needs: "CloudTrail data events of S3 and DynamoDB; items of tables need --default-size",
        source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/understanding-ddb-log-entries.html",
        detect: |seen| {
            Claim::yes_if(seen.has_name(&["eventSource"]) && seen.has_name(&["eventName"]))
        },
        read: |_, reading| objects(CloudTrail::new(reading), reading),
        ..EDGE
    },
    FormatFacts {
        format: Format::MemcachedWatch,
        name: "memcached-watch",
        layer: "application",
        ttl: true,
        writes: WritePolicy::Update,
        needs: "output of memcached's watch fetchers mutations",
        source: "https://github.com/memcached/memcached/blob/HEAD/logger.c",
        detect: |seen| Claim::yes_if(Watch::is_like(seen.line)),
        read: |_, reading| lines(Watch::new(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::Squid,
        name: "squid",
        needs: "Squid's native access log",
        source: "https://wiki.squid-cache.org/Features/LogFormat",
        detect: |seen| Claim::yes_if(Squid::is_like(&seen.words)),
        read: |_, reading| lines(Squid::new(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::Iis,
        name: "iis",
        needs: "W3C logs of IIS with date, time, cs-uri-stem and sc-status",
        source: "https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging",
        detect: |seen| Claim::yes_if(matches!(seen.writer, Some(Writer::Iis))),
        read: |_, reading| lines(W3c::iis(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::S3Json,
        name: "s3-json",
        layer: "storage",
        writes: WritePolicy::Invalidate,
        origin: Some("s3"),
        needs: "S3 server access logs as JSON, delivered by CloudWatch Logs",
        source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/sal-cw-log-format.html",
        detect: |seen| {
            let is_record = seen.has_name(&["bucket_name"]) && seen.has_name(&["key_name"]);
            Claim::yes_if(is_record && seen.has_name(&["operation"]))
        },
        read: |_, reading| objects(S3Json::new(reading), reading),
        ..EDGE
    },
    FormatFacts {
        format: Format::Haproxy,
        name: "haproxy",
        needs: "HAProxy's HTTP log, with syslog in front or not; its times are taken for UTC",
        source: "https://docs.haproxy.org/2.8/configuration.html#8.2.3",
        detect: |seen| Claim::yes_if(Haproxy::is_like(&seen.words)),
        read: |_, reading| lines(Haproxy::new(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::Envoy,
        name: "envoy",
        needs: "Envoy's default access log",
        source: "https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage",
        detect: |seen| Claim::yes_if(Envoy::is_like(seen.line, &seen.words)),
        read: |_, reading| lines(Envoy::new(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::RedisSlowlog,
        name: "redis-slowlog",
        ordered: false,
        ttl: true,
        writes: WritePolicy::Update,
        columns: false,
        needs: "the slow log of Redis and Valkey, from ElastiCache as JSON or from `slowlog get`, with arguments",
        source: "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Log_Delivery.html",
        detect: |seen| {
            let is_object = seen.has_name(&["Command"]) && seen.has_name(&["Duration (us)"]);
            Claim::yes_if(is_object || SlowText::is_like(seen.line))
        },
        read: |head, reading| {
            if SlowText::is_like(detect::first_line(head)) {
                return lines(SlowText::new(reading));
            }
            objects(SlowJson::new(reading), reading)
        },
        ..ROWS
    },
    FormatFacts {
        format: Format::Msr,
        name: "msr",
        needs: "MSR Cambridge block traces without header: file time, host, disk, Read or Write, offset, size, latency",
        source: "http://iotta.snia.org/traces/block-io/388",
        detect: |seen| Claim::yes_if(Blocks::is_msr(seen.line)),
        read: |_, reading| lines(Blocks::msr(reading)),
        ..TRACE
    },
    FormatFacts {
        format: Format::Spc,
        name: "spc",
        needs: "block traces of the Storage Performance Council: unit, block, bytes, R or W, seconds",
        source: "http://traces.cs.umass.edu/index.php/Storage/Storage",
        detect: |seen| Claim::yes_if(Blocks::is_spc(seen.line)),
        read: |_, reading| lines(Blocks::spc(reading)),
        ..TRACE
    },
    FormatFacts {
        format: Format::Ltsv,
        name: "ltsv",
        needs: "lines of label:value between tabs, with labels of time and key as for csv",
        source: "http://ltsv.org/",
        detect: |seen| Claim::perhaps_if(Kind::Ltsv.is_like(seen.line)),
        read: |head, reading| lines(Labelled::new(Kind::Ltsv, head, reading)?),
        ..ROWS
    },
    FormatFacts {
        format: Format::Logfmt,
        name: "logfmt",
        needs: "lines of label=value between spaces, with labels of time and key as for csv",
        source: "https://brandur.org/logfmt",
        detect: |seen| Claim::perhaps_if(Kind::Logfmt.is_like(seen.line)),
        read: |head, reading| lines(Labelled::new(Kind::Logfmt, head, reading)?),
        ..ROWS
    },
];

fn lines(format: impl LineFormat + 'static) -> Result<Plan, String> {
    Ok(Plan::Lines(Box::new(format)))
}

fn objects(format: impl ObjectFormat + 'static, reading: &Reading) -> Result<Plan, String> {
    lines(JsonStream::new(format, reading))
}

fn csv(head: &[u8], reading: &Reading) -> Result<Plan, String> {
    lines(rows(head, reading, false)?)
}

fn rows(head: &[u8], reading: &Reading, is_sampled: bool) -> Result<Delimited, String> {
    let layout = Layout::of_text(head, reading)?;
    Ok(Delimited::new(reading, layout, is_sampled))
}

fn jsonl(head: &[u8], reading: &Reading, is_sampled: bool) -> Result<JsonRows, String> {
    let sample = Sample::of_json(head);
    if sample.rows.is_empty() {
        return Err("there is no JSON object at the start".to_owned());
    }
    let layout = Layout::of(&sample, &reading.columns)?;
    Ok(JsonRows::new(reading, &layout, is_sampled))
}

fn realtime(head: &[u8], reading: &Reading) -> Result<Plan, String> {
    let is_told = !reading.fields.is_empty() || reading.columns.is_given();
    let mut first = detect::first_lines(head).filter(|line| w3c::is_realtime(line));
    if is_told || first.all(w3c::is_documented_realtime) {
        return lines(W3c::realtime(reading));
    }
    Err("the columns are not those of a real-time log with all fields; name those configured, in their order: \
         `--fields timestamp,c-ip,time-to-first-byte,sc-status,…`"
        .to_owned())
}

fn vscsi(head: &[u8], _: &Reading) -> Result<Plan, String> {
    match binary::detect(head) {
        Some(layout @ (Records::Vscsi1 | Records::Vscsi2)) => Ok(Plan::Records(layout)),
        _ => Err("the records are neither vscsi version 1 nor 2".to_owned()),
    }
}

fn sampled(head: &[u8], reading: &Reading) -> Result<Plan, String> {
    if head.starts_with(b"PAR1") {
        return Ok(Plan::Parquet);
    }
    if detect::first_line(head).starts_with(b"{") {
        return objects(jsonl(head, reading, true)?, reading);
    }
    lines(rows(head, reading, true)?)
}

impl Format {
    /// What is known about it.
    pub fn facts(self) -> &'static FormatFacts {
        &FACTS[self as usize]
    }

    /// Name on the command line and in reports.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The names of all formats, as messages list them.
    pub(crate) fn names() -> String {
        FACTS.each_ref().map(|facts| facts.name).join(", ")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = FACTS.iter().find(|facts| facts.name == name);
        let names = Self::names;
        found
            .map(|facts| facts.format)
            .ok_or_else(|| format!("`{name}` is not a format; use one of {}", names()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_its_own_row() {
        for (at, facts) in FACTS.iter().enumerate() {
            assert_eq!(facts.format as usize, at, "{}", facts.name);
            assert_eq!(facts.name.parse(), Ok(facts.format));
        }
    }
}
