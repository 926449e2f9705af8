//! The sampling query for engines that already hold the logs: Athena and Spark.
//!
//! It keeps the references of the keys whose hash is below the threshold, exactly those that
//! `--sampled rate=…` keeps locally, and adds one total row per second (`h` empty), from which come
//! rates and the adjustment of the sample. `TABLESAMPLE` would sample requests instead of keys and
//! destroy reuse. Nothing is run here.

use super::formats::Format;
use super::sampling::{RATE_BITS, rate_threshold};

/// The engine that will run the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Athena engine version 3 (Trino).
    Athena,
    /// Spark, EMR or Glue.
    Spark,
}

/// Where the logs are and how their columns are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Name of the table or view; none for the one that AWS's documentation creates.
    pub name: Option<String>,
    /// What is in it.
    pub logs: Logs,
    /// Where the sample goes.
    pub output: String,
}

/// Logs in a table with the columns that AWS documents, or any others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logs {
    /// CloudFront standard logs (legacy): typed columns.
    Cloudfront,
    /// CloudFront standard logs v2 as Parquet: every column is text.
    CloudfrontParquet,
    /// Application Load Balancer access logs.
    Alb,
    /// S3 server access logs.
    S3,
    /// CloudTrail data events of S3 and DynamoDB.
    CloudTrail,
    /// Any table.
    Generic(TableColumns),
}

impl Logs {
    /// The logs of a format, if they are known to live in tables.
    pub fn of(format: Format) -> Option<Self> {
        Some(match format {
            Format::CloudfrontW3c => Self::Cloudfront,
            Format::CloudfrontParquet => Self::CloudfrontParquet,
            Format::Alb => Self::Alb,
            Format::S3 => Self::S3,
            Format::CloudTrail => Self::CloudTrail,
            _ => return None,
        })
    }

    /// The name that AWS's documentation gives the table.
    const fn table(&self) -> &'static str {
        match self {
            Self::Cloudfront => "cloudfront_standard_logs",
            Self::CloudfrontParquet => "cf_logs_manual_partition_parquet",
            Self::Alb => "alb_access_logs",
            Self::S3 => "s3_access_logs_db.mybucket_logs",
            Self::CloudTrail => "cloudtrail_logs",
            Self::Generic(_) => "logs",
        }
    }
}

/// SQL expressions of a generic table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableColumns {
    /// Seconds since the epoch, or a timestamp.
    pub time: String,
    /// The key as text.
    pub key: String,
    /// Bytes of the object.
    pub size: Option<String>,
    /// `GET`, `SET` and so on.
    pub op: Option<String>,
    /// Status of HTTP: a server wrote the rows.
    pub status: Option<String>,
    /// The host, in front of the key.
    pub host: Option<String>,
    /// The query string, behind the key.
    pub query: Option<String>,
}

/// The query that samples `table` at `rate`.
pub fn query(engine: Engine, table: &Table, rate: f64) -> String {
    let threshold = rate_threshold(rate);
    let mask = (1u64 << RATE_BITS) - 1;
    let source = source(engine, table);
    let (hash, sampled, second, null) = match engine {
        Engine::Athena => (
            "from_big_endian_64(xxhash64(to_utf8(k)))",
            format!("bitwise_and(h, {mask}) < {threshold}"),
            "floor(ts)",
            "CAST(NULL AS bigint)",
        ),
        Engine::Spark => (
            "xxhash64(k)",
            format!("(h & {mask}) < {threshold}"),
            "CAST(floor(ts) AS double)",
            "CAST(NULL AS bigint)",
        ),
    };
    let select = format!(
        "WITH r AS (\n{source}\n), s AS (\n  SELECT ts, {hash} AS h, bytes, op FROM r\n)\n\
         SELECT ts, h, bytes, op, CAST(1 AS bigint) AS n FROM s WHERE {sampled}\n\
         UNION ALL\n\
         SELECT {second} AS ts, {null} AS h, sum(bytes) AS bytes, op, count(*) AS n FROM s GROUP BY {second}, op"
    );
    let intro = format!(
        "-- Keeps the references of {:.4} % of the keys and one total per second.\n\
         -- Then: cachewright measure --sampled rate={rate}{} DOWNLOADED_FILES\n",
        threshold as f64 / f64::from(1u32 << RATE_BITS) * 100.0,
        if engine == Engine::Spark {
            ",hash=spark"
        } else {
            ""
        },
    );
    let output = table.output.replace('\'', "''");
    match engine {
        Engine::Athena => format!(
            "{intro}UNLOAD (\n{select}\n) TO '{output}' WITH (format = 'PARQUET', compression = 'SNAPPY')\n"
        ),
        Engine::Spark => {
            format!("{intro}INSERT OVERWRITE DIRECTORY '{output}' USING parquet\n{select}\n")
        }
    }
}

/// Rows of time, key, bytes and operation.
fn source(engine: Engine, table: &Table) -> String {
    let name = table.name.as_deref().unwrap_or(table.logs.table());
    let name = identifier(engine, name);
    match &table.logs {
        Logs::Cloudfront => cloudfront(engine, &name, false),
        Logs::CloudfrontParquet => cloudfront(engine, &name, true),
        Logs::Alb => alb(engine, &name),
        Logs::S3 => s3(engine, &name),
        Logs::CloudTrail => cloudtrail(engine, &name),
        Logs::Generic(columns) => generic(engine, &name, columns),
    }
}

/// Of an HTTP server's rows only successful reads are kept, as the documented tables are read: caches in front hand writes
/// on. A range shows a part of its object and 304 nothing: both are `HEAD`.
fn generic(engine: Engine, name: &str, columns: &TableColumns) -> String {
    let mut size = columns.size.clone().unwrap_or_else(|| "0".to_owned());
    let mut op = columns.op.clone().unwrap_or_else(|| "'GET'".to_owned());
    let mut kept = String::new();
    if let Some(status) = &columns.status {
        let status = format!("try_cast({status} AS integer)");
        kept = format!("\n  WHERE {status} BETWEEN 200 AND 399 AND {op} IN ('GET', 'HEAD')");
        size = format!("CASE WHEN {status} = 304 THEN 0 ELSE {size} END");
        op = format!("CASE WHEN {status} IN (206, 304) THEN 'HEAD' ELSE {op} END");
    }
    let text = if engine == Engine::Athena {
        "varchar"
    } else {
        "string"
    };
    let mut key = format!("CAST({} AS {text})", columns.key);
    if let Some(host) = &columns.host {
        // As the rows are read here: without the port, and in lower case.
        key = format!("concat(lower(regexp_replace(coalesce({host}, ''), ':[0-9]+$', '')), {key})");
    }
    if let Some(query) = &columns.query {
        key = format!(
            "concat({key}, CASE WHEN coalesce({query}, '-') IN ('', '-') THEN '' ELSE concat('?', {query}) END)"
        );
    }
    format!(
        "  SELECT CAST({} AS double) AS ts, {key} AS k,\n         \
         CAST({size} AS bigint) AS bytes, CAST({op} AS {text}) AS op\n  FROM {name}{kept}",
        columns.time
    )
}

/// Seconds since the epoch out of an ISO 8601 text with zone.
fn iso(engine: Engine, column: &str) -> String {
    match engine {
        Engine::Athena => format!("to_unixtime(from_iso8601_timestamp({column}))"),
        Engine::Spark => format!("to_timestamp({column})"),
    }
}

/// AWS's documented tables `cloudfront_standard_logs` and, with text in every column,
/// `cf_logs_manual_partition_parquet`. A range shows a part of its object and 304 nothing: both are `HEAD`
/// here, which is what the sample calls reads whose bytes are a lower bound.
fn cloudfront(engine: Engine, name: &str, is_text: bool) -> String {
    let number = |column: &str, kind: &str| {
        if is_text {
            format!("try_cast({column} AS {kind})")
        } else {
            column.to_owned()
        }
    };
    let (taken, status, sent) = (
        number("time_taken", "double"),
        number("sc_status", "integer"),
        number("sc_bytes", "bigint"),
    );
    let date = if is_text { "" } else { "DATE " };
    let days = format!("BETWEEN {date}'2026-01-01' AND {date}'2026-01-07'");
    let (ts, day) = match engine {
        Engine::Athena => (
            format!(
                "to_unixtime(date_parse(CAST(\"date\" AS varchar) || ' ' || time, '%Y-%m-%d %H:%i:%s')) - {taken}"
            ),
            format!("\"date\" {days}"),
        ),
        Engine::Spark => (
            format!(
                "to_unix_timestamp(concat(CAST(`date` AS string), ' ', time), 'yyyy-MM-dd HH:mm:ss') - {taken}"
            ),
            format!("`date` {days}"),
        ),
    };
    let length = "try_cast(sc_content_len AS bigint)";
    format!(
        "  SELECT CAST({ts} AS double) AS ts,\n         \
         concat(CASE WHEN x_host_header = '-' THEN cs_host ELSE x_host_header END, cs_uri_stem,\n           \
         CASE WHEN cs_uri_query = '-' THEN '' ELSE concat('?', cs_uri_query) END) AS k,\n         \
         CASE WHEN {status} = 304 THEN 0 WHEN cs_method = 'HEAD' THEN coalesce({length}, 0)\n           \
         WHEN {status} = 206 THEN coalesce(nullif(try_cast(sc_range_end AS bigint), 0) + 1, {length}, {sent})\n           \
         ELSE coalesce({length}, {sent}) END AS bytes,\n         \
         CASE WHEN {status} IN (206, 304) THEN 'HEAD' ELSE cs_method END AS op\n  FROM {name}\n  \
         WHERE {day} -- choose the days\n    \
         AND cs_method IN ('GET', 'HEAD') AND {status} BETWEEN 200 AND 399\n    \
         AND x_edge_result_type NOT IN ('LimitExceeded', 'CapacityExceeded', 'Redirect')\n    \
         AND NOT (x_edge_result_type = 'Error' AND x_edge_response_result_type IN ('Error', '-'))"
    )
}

/// AWS's documented table `alb_access_logs`. Host without port, path and query string are the key.
fn alb(engine: Engine, name: &str) -> String {
    let begun = "CASE WHEN request_creation_time = '-' THEN time ELSE request_creation_time END";
    let ts = iso(engine, begun);
    format!(
        "  SELECT CAST({ts} AS double) AS ts,\n         \
         regexp_replace(request_url, '^[a-z]+://([^/:]*)(:[0-9]+)?', '$1') AS k,\n         \
         CASE WHEN elb_status_code = 304 OR request_verb = 'HEAD' THEN 0 ELSE CAST(sent_bytes AS bigint) END AS bytes,\n         \
         CASE WHEN elb_status_code IN (206, 304) THEN 'HEAD' ELSE request_verb END AS op\n  FROM {name}\n  \
         WHERE time >= '2026-01-01' AND time < '2026-01-08' -- choose the days\n    \
         AND request_verb IN ('GET', 'HEAD') AND elb_status_code BETWEEN 200 AND 399"
    )
}

/// AWS's documented table `mybucket_logs`.
fn s3(engine: Engine, name: &str) -> String {
    let format = "'dd/MMM/yyyy:HH:mm:ss Z'";
    let ts = match engine {
        Engine::Athena => format!("to_unixtime(parse_datetime(requestdatetime, {format}))"),
        Engine::Spark => format!("unix_timestamp(requestdatetime, {format})"),
    };
    format!(
        "  SELECT CAST({ts} AS double) AS ts, concat(bucket_name, '/', key) AS k,\n         \
         coalesce(try_cast(objectsize AS bigint), try_cast(bytessent AS bigint), 0) AS bytes,\n         \
         CASE WHEN operation IN ('REST.GET.OBJECT', 'REST.COPY.OBJECT_GET', 'REST.COPY.PART_GET', 'WEBSITE.GET.OBJECT') THEN 'GET'\n           \
         WHEN operation IN ('REST.HEAD.OBJECT', 'WEBSITE.HEAD.OBJECT') THEN 'HEAD'\n           \
         WHEN operation IN ('REST.PUT.OBJECT', 'REST.COPY.OBJECT', 'REST.POST.OBJECT', 'REST.POST.UPLOAD') THEN 'PUT'\n           \
         ELSE 'DELETE' END AS op\n  FROM {name}\n  \
         WHERE substr(requestdatetime, 1, 11) IN ('01/Jan/2026', '02/Jan/2026') -- choose the days\n    \
         AND (operation IN ('REST.DELETE.OBJECT', 'BATCH.DELETE.OBJECT', 'S3.EXPIRE.OBJECT', 'S3.CREATE.DELETEMARKER')\n      \
         OR (CAST(httpstatus AS {text}) BETWEEN '200' AND '399' AND operation IN ('REST.GET.OBJECT', 'REST.COPY.OBJECT_GET',\n        \
         'REST.COPY.PART_GET', 'WEBSITE.GET.OBJECT', 'REST.HEAD.OBJECT', 'WEBSITE.HEAD.OBJECT', 'REST.PUT.OBJECT',\n        \
         'REST.COPY.OBJECT', 'REST.POST.OBJECT', 'REST.POST.UPLOAD')))",
        text = if engine == Engine::Athena {
            "varchar"
        } else {
            "string"
        },
    )
}

/// AWS's documented table `cloudtrail_logs`, whose parameters are JSON as text.
fn cloudtrail(engine: Engine, name: &str) -> String {
    let text = |column: &str, path: &str| match engine {
        Engine::Athena => format!("json_extract_scalar({column}, '$.{path}')"),
        Engine::Spark => format!("get_json_object({column}, '$.{path}')"),
    };
    let parameter = |path: &str| text("requestparameters", path);
    let item = match engine {
        Engine::Athena => "json_format(json_extract(requestparameters, '$.key'))".to_owned(),
        Engine::Spark => parameter("key"),
    };
    let (bucket, key, table) = (
        parameter("bucketName"),
        parameter("key"),
        parameter("tableName"),
    );
    let out = text("additionaleventdata", "bytesTransferredOut");
    let stored = text("additionaleventdata", "bytesTransferredIn");
    let (range, lower) = (parameter("Range"), parameter("range"));
    let ts = iso(engine, "eventtime");
    format!(
        "  SELECT CAST({ts} AS double) AS ts,\n         \
         CASE WHEN eventsource = 'dynamodb.amazonaws.com' THEN concat({table}, '/', {item})\n           \
         ELSE concat({bucket}, '/', {key}) END AS k,\n         \
         CAST(coalesce(try_cast(CASE WHEN eventname = 'HeadObject' THEN '0' WHEN eventname IN ('PutObject', 'CopyObject', 'CompleteMultipartUpload') THEN {stored}\n           \
         ELSE {out} END AS double), 0) AS bigint) AS bytes,\n         \
         CASE WHEN eventname = 'GetObject' AND coalesce({range}, {lower}) IS NULL THEN 'GET'\n           \
         WHEN eventname IN ('GetObject', 'HeadObject', 'GetItem') THEN 'HEAD'\n           \
         WHEN eventname IN ('DeleteObject', 'DeleteItem') THEN 'DELETE' ELSE 'PUT' END AS op\n  FROM {name}\n  \
         WHERE eventtime >= '2026-01-01' AND eventtime < '2026-01-08' -- choose the days\n    \
         AND errorcode IS NULL AND coalesce({bucket}, {table}) IS NOT NULL AND {item} IS NOT NULL\n    \
         AND eventname IN ('GetObject', 'HeadObject', 'PutObject', 'CopyObject', 'CompleteMultipartUpload', 'DeleteObject',\n      \
         'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem')"
    )
}

/// A table name that cannot be anything else: parts quoted unless plain.
fn identifier(engine: Engine, name: &str) -> String {
    let quote = if engine == Engine::Athena { '"' } else { '`' };
    let part = |part: &str| {
        let doubled = part.replace(quote, &format!("{quote}{quote}"));
        format!("{quote}{doubled}{quote}")
    };
    name.split('.').map(part).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_cannot_break_out() {
        let table = Table {
            name: Some("db.t\"; DROP TABLE x; --".into()),
            logs: Logs::Cloudfront,
            output: "s3://b/'; DROP".into(),
        };
        let sql = query(Engine::Athena, &table, 0.01);
        assert!(sql.contains("FROM \"db\".\"t\"\"; DROP TABLE x; --\""));
        assert!(sql.contains("TO 's3://b/''; DROP'"));
        assert!(sql.contains("bitwise_and(h, 16777215) < 167772"));
    }
}
