//! Writers of Parquet.

use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::{HTTP, Kind, Layout, Request, Writes, http};

pub(crate) fn layouts() -> Vec<Layout> {
    let cloudfront = Layout {
        name: "cloudfront-parquet",
        format: "cloudfront-parquet",
        write: cloudfront,
        can: HTTP,
        writes: Writes::Pass,
        headers: 300,
        default_size: None,
        cache_aside: false,
        is_sample: false,
    };
    let generic = Layout {
        name: "parquet",
        format: "parquet",
        write: generic,
        can: &[Kind::Get, Kind::Put, Kind::Delete],
        writes: Writes::Invalidate,
        headers: 0,
        ..cloudfront
    };
    vec![cloudfront, generic]
}

enum Column {
    Text(String, Vec<String>),
    Number(String, Vec<i64>),
}

fn write(columns: &[Column]) -> Vec<u8> {
    let fields: String = columns
        .iter()
        .map(|column| match column {
            Column::Text(name, _) => format!("optional binary {name} (STRING); "),
            Column::Number(name, _) => format!("required int64 {name}; "),
        })
        .collect();
    let schema = parse_message_type(&format!("message log {{ {fields} }}")).unwrap();
    let mut out = Vec::new();
    let mut file = SerializedFileWriter::new(&mut out, Arc::new(schema), Arc::default()).unwrap();
    let mut group = file.next_row_group().unwrap();
    for column in columns {
        let mut writer = group.next_column().unwrap().unwrap();
        match column {
            Column::Text(_, values) => {
                let values: Vec<ByteArray> = values.iter().map(|v| v.as_str().into()).collect();
                let present = vec![1; values.len()];
                let typed = writer.typed::<ByteArrayType>();
                typed.write_batch(&values, Some(&present), None).unwrap();
            }
            Column::Number(_, values) => {
                let typed = writer.typed::<Int64Type>();
                typed.write_batch(values, None, None).unwrap();
            }
        }
        writer.close().unwrap();
    }
    group.close().unwrap();
    file.close().unwrap();
    out
}

/// `cs(Host)` is `cs_Host`, and so on.
fn cloudfront(requests: &[Request]) -> Vec<u8> {
    let rows: Vec<_> = requests.iter().map(http::fields).collect();
    let names = rows[0].iter().map(|(name, _)| name);
    let columns = names.enumerate().map(|(at, name)| {
        let name = name.trim_end_matches(')').replace(['-', '('], "_");
        Column::Text(name, rows.iter().map(|row| row[at].1.clone()).collect())
    });
    write(&columns.collect::<Vec<_>>())
}

fn generic(requests: &[Request]) -> Vec<u8> {
    let number = |name: &str, of: fn(&Request) -> u64| {
        let values = requests.iter().map(|r| of(r).cast_signed()).collect();
        Column::Number(name.to_owned(), values)
    };
    let text = |name: &str, of: fn(&Request) -> String| {
        Column::Text(name.to_owned(), requests.iter().map(of).collect())
    };
    write(&[
        text("key", Request::path),
        number("timestamp", |r| r.at * 1000),
        number("bytes", |r| r.size),
        text("op", |r| match r.kind {
            Kind::Put => "PUT".to_owned(),
            Kind::Delete => "DELETE".to_owned(),
            _ => "GET".to_owned(),
        }),
    ])
}
