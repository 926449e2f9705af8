//! The sampling query for engines that already hold the logs: Athena and Spark.
//!
//! It keeps the references of the keys whose hash is below the threshold, exactly those that
//! `--sampled rate=…` keeps locally, and adds one total row per second (`h` empty), from which come
//! rates and the adjustment of the sample. `TABLESAMPLE` would sample requests instead of keys and
//! destroy reuse. Nothing is run here.

use super::sampling::{RATE_BITS, rate_threshold};

/// The engine that will run the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Athena engine version 3 (Trino).
    Athena,
    /// Spark, EMR or Glue.
    Spark,
}

/// Where the logs are and how their columns are called; column texts are SQL expressions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Name of the table or view.
    pub name: String,
    /// Expressions for a generic table; none for AWS's documented CloudFront table.
    pub columns: Option<TableColumns>,
    /// Where the sample goes.
    pub output: String,
}

/// SQL expressions of a generic table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumns {
    /// Seconds since the epoch, or a timestamp.
    pub time: String,
    /// The key as text.
    pub key: String,
    /// Bytes of the object.
    pub size: Option<String>,
    /// `GET`, `SET` and so on.
    pub op: Option<String>,
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
    let name = identifier(engine, &table.name);
    let Some(columns) = &table.columns else {
        return cloudfront(engine, &name);
    };
    let size = columns.size.as_deref().unwrap_or("0");
    let op = columns.op.as_deref().unwrap_or("'GET'");
    let text = if engine == Engine::Athena {
        "varchar"
    } else {
        "string"
    };
    format!(
        "  SELECT CAST({} AS double) AS ts, CAST({} AS {text}) AS k,\n         \
         CAST({size} AS bigint) AS bytes, CAST({op} AS {text}) AS op\n  FROM {name}",
        columns.time, columns.key
    )
}

/// AWS's documented `cloudfront_standard_logs` table.
fn cloudfront(engine: Engine, name: &str) -> String {
    let (ts, day) = match engine {
        Engine::Athena => (
            "to_unixtime(date_parse(CAST(\"date\" AS varchar) || ' ' || time, '%Y-%m-%d %H:%i:%s')) - time_taken",
            "\"date\" BETWEEN DATE '2026-01-01' AND DATE '2026-01-07'",
        ),
        Engine::Spark => (
            "to_unix_timestamp(concat(CAST(`date` AS string), ' ', time), 'yyyy-MM-dd HH:mm:ss') - time_taken",
            "`date` BETWEEN DATE '2026-01-01' AND DATE '2026-01-07'",
        ),
    };
    let length = match engine {
        Engine::Athena => "coalesce(try_cast(sc_content_len AS bigint), sc_bytes)",
        Engine::Spark => "coalesce(try_cast(sc_content_len AS bigint), sc_bytes)",
    };
    format!(
        "  SELECT CAST({ts} AS double) AS ts,\n         \
         concat(CASE WHEN x_host_header = '-' THEN cs_host ELSE x_host_header END, cs_uri_stem,\n           \
         CASE WHEN cs_uri_query = '-' THEN '' ELSE concat('?', cs_uri_query) END) AS k,\n         \
         {length} AS bytes,\n         cs_method AS op\n  FROM {name}\n  \
         WHERE {day} -- choose the days\n    \
         AND cs_method IN ('GET', 'HEAD') AND sc_status BETWEEN 200 AND 399\n    \
         AND x_edge_result_type NOT IN ('Error', 'LimitExceeded', 'CapacityExceeded', 'Redirect')"
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
            name: "db.t\"; DROP TABLE x; --".into(),
            columns: None,
            output: "s3://b/'; DROP".into(),
        };
        let sql = query(Engine::Athena, &table, 0.01);
        assert!(sql.contains("FROM \"db\".\"t\"\"; DROP TABLE x; --\""));
        assert!(sql.contains("TO 's3://b/''; DROP'"));
        assert!(sql.contains("bitwise_and(h, 16777215) < 167772"));
    }
}
