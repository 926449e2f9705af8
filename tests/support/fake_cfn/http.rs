//! One HTTP request per connection: read it, let the fault of the moment strike, answer.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::time::Duration;

use super::{Fault, State, xml};

pub fn serve(stream: TcpStream, state: &Mutex<State>) {
    let Ok(copy) = stream.try_clone() else { return };
    let mut reader = BufReader::new(copy);
    let Some(form) = read(&mut reader) else {
        return;
    };
    let action = form.get("Action").cloned().unwrap_or_default();
    let fault = {
        let mut state = lock(state);
        state.calls.push((action.clone(), form.clone()));
        state
            .faults
            .get_mut(&action)
            .and_then(std::collections::VecDeque::pop_front)
    };
    let (status, body) = match fault {
        Some(Fault::Cut) => return,
        Some(Fault::Hang) => {
            std::thread::sleep(Duration::from_secs(20));
            return;
        }
        Some(Fault::LoseAnswer) => {
            xml::answer(&action, &form, &mut lock(state));
            return;
        }
        Some(Fault::Error(status, code, message)) => (status, xml::error(code, message)),
        Some(Fault::Raw(status, body)) => (status, body.to_owned()),
        None => xml::answer(&action, &form, &mut lock(state)),
    };
    write(stream, status, &body);
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<BTreeMap<String, String>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    Some(
        body.split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(k, v)| (decode(k), decode(v)))
            .collect(),
    )
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(b) = rest.next() {
        match b {
            b'+' => bytes.push(b' '),
            b'%' => {
                let hex = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                let hex = std::str::from_utf8(&hex).unwrap_or("00");
                bytes.push(u8::from_str_radix(hex, 16).unwrap_or(b'?'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn write(mut stream: TcpStream, status: u16, body: &str) {
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body.as_bytes());
}
