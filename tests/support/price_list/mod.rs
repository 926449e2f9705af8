//! A local price-list server: the Query API (JSON 1.1) and the bulk files, with faults on demand.
//!
//! Documents have the structure AWS serves: JSON strings inside JSON, `OnDemand` terms, bands in no
//! order, other offers beside the on-demand one, near misses of every selector. It shares no code
//! with the program but the list of selectors.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "a test support module; each test file uses a part"
)]
#![allow(
    clippy::unwrap_used,
    reason = "a fault of the test data must stop the test"
)]

pub mod documents;

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// A fault of one answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An error of the service: status, code, message.
    Error(u16, &'static str, &'static str),
    /// A status with a body that is no error of the service.
    Status(u16, &'static str),
    /// The connection ends in the middle of the body.
    Truncated,
    /// The body stops half-way for this long.
    Slow(Duration),
    /// The content length is too large by ten.
    WrongLength,
    /// The answer is replaced by this one.
    Body(String),
    /// A filter of type ANY_OF is refused.
    NoAnyOf,
}

/// What the server knows and did.
#[derive(Default)]
pub struct State {
    /// Documents as values; served as strings.
    pub documents: Vec<Value>,
    /// Faults of the next answers, in order.
    pub faults: VecDeque<Fault>,
    /// Fault of every answer.
    pub always: Option<Fault>,
    /// Products per page.
    pub page: usize,
    /// Requests as they came.
    pub log: Vec<String>,
    /// Put `terms` before `products` into bulk files.
    pub terms_first: bool,
    /// Answer conditional requests.
    pub etags: bool,
    /// Version in paths and files.
    pub version: String,
    /// Region indexes name this path instead.
    pub index_path: Option<String>,
}

/// A running server.
pub struct Server {
    /// Address without a trailing slash.
    pub url: String,
    /// Shared state.
    pub state: Arc<Mutex<State>>,
}

impl Server {
    /// Serves these documents.
    pub fn new(documents: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            documents,
            page: 100,
            version: "20261120101010".to_owned(),
            etags: true,
            ..State::default()
        };
        let state = Arc::new(Mutex::new(state));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { url, state }
    }

    /// Changes the state.
    pub fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    /// Number of requests so far.
    pub fn requests(&self) -> usize {
        self.state.lock().unwrap().log.len()
    }
}

struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers
        .iter()
        .find(|(n, _)| n == "content-length")
        .and_then(|(_, v)| v.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        method,
        path,
        headers,
        body,
    })
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> Option<()> {
    let request = read(&stream)?;
    let (fault, answer) = {
        let mut state = state.lock().unwrap();
        state.log.push(format!(
            "{} {} {}",
            request.method,
            request.path,
            String::from_utf8_lossy(&request.body)
        ));
        let fault = state.faults.pop_front().or_else(|| state.always.clone());
        let answer = if request.method == "POST" {
            query(&request, &state, fault.as_ref())
        } else {
            bulk(&request, &state)
        };
        (fault, answer)
    };
    send(stream, answer, fault.as_ref()).ok()
}

struct Response {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn answer(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Response {
    Response {
        status,
        headers: vec![("content-type", kind.to_owned())],
        body: body.into(),
    }
}

fn error(status: u16, code: &str, message: &str) -> Response {
    answer(
        status,
        "application/x-amz-json-1.1",
        json!({ "__type": code, "message": message }).to_string(),
    )
}

fn send(mut stream: TcpStream, response: Response, fault: Option<&Fault>) -> std::io::Result<()> {
    let mut response = response;
    match fault {
        Some(Fault::Error(status, code, message)) => response = error(*status, code, message),
        Some(Fault::Status(status, body)) => response = answer(*status, "text/html", *body),
        Some(Fault::Body(body)) => response.body = body.clone().into_bytes(),
        _ => {}
    }
    let mut length = response.body.len();
    if matches!(fault, Some(Fault::WrongLength)) {
        length += 10;
    }
    write!(
        stream,
        "HTTP/1.1 {} X\r\ncontent-length: {length}\r\nconnection: close\r\n",
        response.status
    )?;
    for (name, value) in &response.headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    let half = response.body.len() / 2;
    stream.write_all(&response.body[..half])?;
    match fault {
        Some(Fault::Truncated) => return stream.shutdown(std::net::Shutdown::Both),
        Some(Fault::Slow(pause)) => {
            stream.flush()?;
            std::thread::sleep(*pause);
        }
        _ => {}
    }
    stream.write_all(&response.body[half..])?;
    stream.flush()
}

/// `GetProducts`.
fn query(request: &Request, state: &State, fault: Option<&Fault>) -> Response {
    if request.header("x-amz-target") != Some("AWSPriceListService.GetProducts") {
        return error(
            400,
            "UnknownOperationException",
            "only GetProducts is served",
        );
    }
    if !request
        .header("authorization")
        .is_some_and(|a| a.starts_with("AWS4-HMAC-SHA256 ") && a.contains("/pricing/aws4_request"))
    {
        return error(403, "MissingAuthenticationTokenException", "not signed");
    }
    let Ok(asked) = serde_json::from_slice::<Value>(&request.body) else {
        return error(400, "SerializationException", "not JSON");
    };
    let Some(code) = asked["ServiceCode"].as_str() else {
        return error(400, "InvalidParameterException", "no ServiceCode");
    };
    if !(1..=100).contains(&asked["MaxResults"].as_u64().unwrap_or(100))
        || asked["FormatVersion"] != "aws_v1"
    {
        return error(
            400,
            "InvalidParameterException",
            "MaxResults or FormatVersion",
        );
    }
    let filters = asked["Filters"].as_array().cloned().unwrap_or_default();
    if filters.len() > 50
        || filters.iter().any(|f| {
            f["Value"]
                .as_str()
                .is_none_or(|v| v.is_empty() || v.len() > 1024)
        })
    {
        return error(
            400,
            "InvalidParameterException",
            "too many filters, or a value of a wrong length",
        );
    }
    if matches!(fault, Some(Fault::NoAnyOf)) && filters.iter().any(|f| f["Type"] == "ANY_OF") {
        return error(
            400,
            "InvalidParameterException",
            "Filter type ANY_OF is not supported",
        );
    }
    let found: Vec<&Value> = state
        .documents
        .iter()
        .filter(|d| d["serviceCode"] == code && filters.iter().all(|f| passes(d, f)))
        .collect();
    let start: usize = match asked["NextToken"].as_str() {
        None => 0,
        Some(token) => match token.strip_prefix("page-").and_then(|t| t.parse().ok()) {
            Some(start) => start,
            None => {
                return error(
                    400,
                    "InvalidNextTokenException",
                    "not a token of this server",
                );
            }
        },
    };
    let page: Vec<Value> = found
        .iter()
        .skip(start)
        .take(state.page)
        .map(|d| Value::String(d.to_string()))
        .collect();
    let mut body = json!({ "FormatVersion": "aws_v1", "PriceList": page });
    if start + state.page < found.len() {
        body["NextToken"] = json!(format!("page-{}", start + state.page));
    }
    answer(200, "application/x-amz-json-1.1", body.to_string())
}

fn passes(document: &Value, filter: &Value) -> bool {
    let (field, want) = (
        filter["Field"].as_str().unwrap(),
        filter["Value"].as_str().unwrap(),
    );
    let product = &document["product"];
    let have = if field == "productFamily" {
        &product["productFamily"]
    } else {
        &product["attributes"][field]
    };
    let Some(have) = have.as_str() else {
        return false;
    };
    match filter["Type"].as_str() {
        Some("ANY_OF") => want.split(',').any(|w| w == have),
        Some("TERM_MATCH" | "EQUALS") => have == want,
        Some("CONTAINS") => have.contains(want),
        _ => false,
    }
}

/// `/offers/v1.0/aws/<Code>/…`
fn bulk(request: &Request, state: &State) -> Response {
    let none = || {
        answer(
            404,
            "application/xml",
            "<Error><Code>NoSuchKey</Code></Error>",
        )
    };
    let Some(rest) = request.path.strip_prefix("/offers/v1.0/aws/") else {
        return none();
    };
    let parts: Vec<&str> = rest.split('/').collect();
    let of = |code: &str| -> Vec<&Value> {
        state
            .documents
            .iter()
            .filter(|d| d["serviceCode"] == code)
            .collect()
    };
    match parts.as_slice() {
        [code, "current", "region_index.json"] => {
            let mut regions = serde_json::Map::new();
            for document in of(code) {
                let attributes = &document["product"]["attributes"];
                let Some(region) = attributes["regionCode"]
                    .as_str()
                    .or(attributes["fromRegionCode"].as_str())
                else {
                    continue;
                };
                let path = format!(
                    "/offers/v1.0/aws/{code}/{}/{region}/index.json",
                    state.version
                );
                let path = state.index_path.clone().unwrap_or(path);
                regions.insert(
                    region.to_owned(),
                    json!({ "regionCode": region, "currentVersionUrl": path }),
                );
            }
            answer(200, "application/json", json!({ "formatVersion": "v1.0", "publicationDate": "2026-11-20T10:10:10Z", "regions": regions }).to_string())
        }
        [code, "current", "index.json"] => file(request, state, code, &of(code)),
        [code, _, region, "index.json"] => {
            let here = |d: &&Value| {
                [
                    &d["product"]["attributes"]["regionCode"],
                    &d["product"]["attributes"]["fromRegionCode"],
                ]
                .contains(&&json!(region))
            };
            let all: Vec<&Value> = of(code).into_iter().filter(here).collect();
            if all.is_empty() {
                none()
            } else {
                file(request, state, code, &all)
            }
        }
        _ => none(),
    }
}

fn file(request: &Request, state: &State, code: &str, documents: &[&Value]) -> Response {
    let tag = format!("\"{}-{}\"", state.version, documents.len());
    if state.etags && request.header("if-none-match") == Some(tag.as_str()) {
        return answer(304, "application/json", "");
    }
    let mut response = answer(200, "application/json", bulk_text(state, code, documents));
    if state.etags {
        response.headers.push(("etag", tag));
    }
    response
}

fn bulk_text(state: &State, code: &str, documents: &[&Value]) -> String {
    let mut products = serde_json::Map::new();
    let (mut on_demand, mut reserved) = (serde_json::Map::new(), serde_json::Map::new());
    for document in documents {
        let sku = document["product"]["sku"].as_str().unwrap().to_owned();
        products.insert(sku.clone(), document["product"].clone());
        if let Some(terms) = document["terms"].get("OnDemand") {
            on_demand.insert(sku.clone(), terms.clone());
        }
        if let Some(terms) = document["terms"].get("Reserved") {
            reserved.insert(sku, terms.clone());
        }
    }
    let terms = json!({ "Reserved": reserved, "OnDemand": on_demand });
    let head = format!(
        r#""formatVersion":"v1.0","disclaimer":"This pricing list is for informational purposes only.","offerCode":"{code}","version":"{}","publicationDate":"2026-11-20T10:10:10Z""#,
        state.version
    );
    let products = Value::Object(products);
    if state.terms_first {
        format!(r#"{{{head},"terms":{terms},"products":{products},"attributesList":{{}}}}"#)
    } else {
        format!(r#"{{{head},"products":{products},"terms":{terms},"attributesList":{{}}}}"#)
    }
}
