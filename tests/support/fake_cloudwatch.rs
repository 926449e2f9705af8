//! A stand-in for CloudWatch that speaks what the Rust SDK speaks, rpc-v2-cbor, and answers from a known workload; beside it
//! the description of a table. Pages, partial data, refused metrics, throttling and denied calls are faults that it is told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cachewright_measure::telemetry::Kind;
use ciborium::Value as Cbor;
use serde_json::{Value, json};

use super::account::{Truth, answer};

const IDENTITY: &str = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/x</Arn><UserId>X</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

/// What the stand-in is told.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) truth: Truth,
    /// Metrics that exist: namespace and dimensions.
    pub(crate) listed: Vec<(String, Vec<(String, String)>)>,
    /// Errors by operation: status and code, the first for the next call; the last one stays.
    pub(crate) faults: BTreeMap<String, Vec<(u16, &'static str)>>,
    /// Metrics whose label has this are answered with this status and no values.
    pub(crate) refused: Option<(&'static str, &'static str)>,
    /// Every series comes in two pages.
    pub(crate) pages: bool,
    /// Calls: operation and the Region that they were signed for.
    pub(crate) calls: Vec<(String, String)>,
}

/// A running stand-in.
pub(crate) struct Fake {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Fake {
    pub(crate) fn start(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(state));
        let shared = state.clone();
        std::thread::spawn(move || {
            let kinds = Arc::new(cachewright::account::kinds::load().unwrap());
            for stream in listener.incoming().flatten() {
                let (shared, kinds) = (shared.clone(), kinds.clone());
                std::thread::spawn(move || serve(stream, &shared, &kinds));
            }
        });
        Self { url, state }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The operations that were called, each once.
    pub(crate) fn operations(&self) -> Vec<String> {
        let mut out: Vec<String> = self.state().calls.iter().map(|c| c.0.clone()).collect();
        out.sort();
        out.dedup();
        out
    }
}

struct Request {
    operation: String,
    region: String,
    is_cbor: bool,
    body: Vec<u8>,
}

fn serve(stream: TcpStream, state: &Mutex<State>, kinds: &[Kind]) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    // The client keeps its connection.
    while let Some(request) = read(&mut reader) {
        let (status, body) = reply(&request, state, kinds);
        let kind = if request.is_cbor {
            "application/cbor"
        } else {
            "application/x-amz-json-1.0"
        };
        let mut stream = &stream;
        let head = format!(
            "HTTP/1.1 {status} X\r\nsmithy-protocol: rpc-v2-cbor\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&body);
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |l| l.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let target = headers.get("x-amz-target");
    let is_cbor = target.is_none();
    if path == "/" && target.is_none() {
        // Who is calling: the one question that is none of CloudWatch's.
        let signed = headers.get("authorization")?.split('/').nth(2)?.to_owned();
        let operation = "GetCallerIdentity".to_owned();
        return Some(Request {
            operation,
            region: signed,
            is_cbor: false,
            body,
        });
    }
    if is_cbor {
        assert!(
            path.starts_with("/service/GraniteServiceVersion20100801/operation/"),
            "{path}"
        );
        assert_eq!(
            headers.get("smithy-protocol").map(String::as_str),
            Some("rpc-v2-cbor")
        );
    }
    let operation = target.map_or_else(|| path.rsplit('/').next(), |t| t.rsplit('.').next());
    let signed = headers.get("authorization")?.split('/').nth(2)?;
    Some(Request {
        operation: operation?.to_owned(),
        region: signed.to_owned(),
        is_cbor,
        body,
    })
}

fn reply(request: &Request, state: &Mutex<State>, kinds: &[Kind]) -> (u16, Vec<u8>) {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state
        .calls
        .push((request.operation.clone(), request.region.clone()));
    let fault = state
        .faults
        .get_mut(&request.operation)
        .and_then(|list| match list.len() {
            0 => None,
            1 => list.first().copied(),
            _ => Some(list.remove(0)),
        });
    let (status, answer) = match fault.filter(|(status, _)| *status != 200) {
        Some((status, code)) => (
            status,
            json!({ "__type": code, "message": format!("{code} by the stand-in") }),
        ),
        None if request.operation == "GetCallerIdentity" => {
            return (200, IDENTITY.as_bytes().to_vec());
        }
        None if !request.is_cbor => (200, table(&state.truth)),
        None => {
            let asked: Cbor = ciborium::from_reader(request.body.as_slice()).unwrap();
            let asked = to_json(&asked);
            let of = request.operation.as_str();
            (
                200,
                if of == "ListMetrics" {
                    list(&asked, &state)
                } else {
                    data(asked, &state, kinds)
                },
            )
        }
    };
    let mut body = Vec::new();
    if request.is_cbor {
        ciborium::into_writer(&to_cbor(&answer, ""), &mut body).unwrap();
    } else {
        body = answer.to_string().into_bytes();
    }
    (status, body)
}

fn table(truth: &Truth) -> Value {
    json!({ "Table": { "TableName": "x", "ItemCount": truth.items as i64, "TableSizeBytes": (truth.items * truth.item) as i64 } })
}

/// Half of what exists a page.
fn list(asked: &Value, state: &State) -> Value {
    let wanted = |all: &Vec<(String, String)>| {
        let filters = asked["Dimensions"].as_array().cloned().unwrap_or_default();
        filters.iter().all(|f| {
            all.iter().any(|(n, v)| {
                f["Name"] == json!(n) && (f["Value"].is_null() || f["Value"] == json!(v))
            })
        })
    };
    let found = state
        .listed
        .iter()
        .filter(|(n, all)| asked["Namespace"] == json!(n) && wanted(all));
    let found: Vec<Value> = found
        .map(|(namespace, all)| {
            let all: Vec<Value> = all
                .iter()
                .map(|(n, v)| json!({ "Name": n, "Value": v }))
                .collect();
            json!({ "Namespace": namespace, "MetricName": "x", "Dimensions": all })
        })
        .collect();
    let (first, second) = found.split_at(found.len().div_ceil(2));
    match asked["NextToken"].as_str() {
        None if !second.is_empty() => json!({ "Metrics": first, "NextToken": "2" }),
        None => json!({ "Metrics": first }),
        Some(_) => json!({ "Metrics": second }),
    }
}

fn data(mut asked: Value, state: &State, kinds: &[Kind]) -> Value {
    for key in ["StartTime", "EndTime"] {
        let seconds = asked[key].as_f64().unwrap() as i64;
        asked[key] = json!(cachewright_measure::telemetry::query::moment(seconds));
    }
    let mut answer = answer(&asked, kinds, &state.truth);
    let second = asked["NextToken"].is_string();
    for result in answer["MetricDataResults"].as_array_mut().unwrap() {
        let label = result["Label"].as_str().unwrap().to_owned();
        let id = label.split('|').nth(3).unwrap();
        let exists = |all: &Vec<(String, String)>| all.iter().any(|(_, v)| v.starts_with(id));
        if !state.listed.iter().any(|(_, all)| exists(all)) {
            result["Timestamps"] = json!([]);
            result["Values"] = json!([]);
            continue;
        }
        if let Some((_, status)) = state.refused.filter(|(part, _)| label.contains(part)) {
            *result = json!({ "Id": result["Id"], "Label": label, "Timestamps": [], "Values": [], "StatusCode": status });
        } else if state.pages {
            for key in ["Timestamps", "Values"] {
                let all = result[key].as_array().unwrap();
                let (first, rest) = all.split_at(all.len() / 2);
                result[key] = if second {
                    rest.to_vec()
                } else {
                    first.to_vec()
                }
                .into();
            }
            result["StatusCode"] = json!(if second { "Complete" } else { "PartialData" });
        }
    }
    if state.pages && !second {
        answer["NextToken"] = json!("2");
    }
    answer
}

fn to_json(value: &Cbor) -> Value {
    match value {
        Cbor::Text(text) => json!(text),
        Cbor::Integer(n) => json!(i64::try_from(*n).unwrap()),
        Cbor::Float(n) => json!(n),
        Cbor::Bool(b) => json!(b),
        Cbor::Tag(_, inner) => to_json(inner),
        Cbor::Array(items) => items.iter().map(to_json).collect(),
        Cbor::Map(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(k, v)| (k.as_text().unwrap().to_owned(), to_json(v)));
            Value::Object(pairs.collect())
        }
        _ => Value::Null,
    }
}

/// Times are tagged, values are numbers with a point.
fn to_cbor(value: &Value, key: &str) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(b) => Cbor::Bool(*b),
        Value::Number(n) if key == "Timestamps" => {
            Cbor::Tag(1, Box::new(Cbor::Float(n.as_f64().unwrap())))
        }
        Value::Number(n) => Cbor::Float(n.as_f64().unwrap()),
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Array(items) => Cbor::Array(items.iter().map(|v| to_cbor(v, key)).collect()),
        Value::Object(map) => {
            let pairs = map
                .iter()
                .map(|(k, v)| (Cbor::Text(k.clone()), to_cbor(v, k)));
            Cbor::Map(pairs.collect())
        }
    }
}
