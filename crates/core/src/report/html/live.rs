//! The page that decides by itself: the report with controls before it and the engine inside.
//!
//! Nothing is loaded here either: engine, catalog and prices are blocks of the page, and the policy opens
//! WebAssembly for the one script that is named by its hash.

use anyhow::Result;
use serde::Serialize;

use super::{CSS, Entry, REPORT, SCRIPT, file, hash, page, short, with_policy};

/// What the page does beyond a report; it follows the report's own script, which it uses.
const WHATIF: &str = cachewright_templates::text("report/whatif.js");

/// What it looks like beyond a report.
const STYLE: &str = cachewright_templates::text("report/whatif.css");

/// Everything beside the report.
#[derive(Serialize)]
pub struct Live<'a, C: Serialize> {
    /// The controls in their order.
    pub controls: &'a [C],
    /// Paths of the sliders of the map: across, up.
    pub axes: [&'static str; 2],
    /// The map as it is drawn at first.
    pub map: String,
    /// Day of the prices.
    pub dated: String,
    /// What the reader must know about the prices in the file.
    pub notice: Option<String>,
    /// Profile and options, as JSON that holds no `<`.
    pub carried: String,
    /// The command of the page as it is written.
    pub command: String,
    /// Engine, catalog, prices and the report as JSON: packed.
    pub blocks: Blocks,
}

/// Packed blocks.
#[derive(Serialize)]
pub struct Blocks {
    /// WebAssembly.
    pub engine: Block,
    /// Catalog.
    pub catalog: Block,
    /// Price book.
    pub prices: Block,
    /// What the engine must give for the profile as it is written.
    pub report: Block,
}

/// Bytes as text.
#[derive(Debug, Serialize)]
pub struct Block {
    /// How many bytes.
    pub bytes: usize,
    /// Five characters for four bytes, which is a twentieth less than base64.
    pub text: String,
}

impl Block {
    /// Digits of base 85 are the characters from `(`; `#` stands for the one that would begin a tag.
    pub fn of(bytes: &[u8]) -> Self {
        const BASE: u32 = 85;
        let mut text = String::with_capacity(bytes.len() / 4 * 5 + 5);
        for chunk in bytes.chunks(4) {
            let mut four = [0; 4];
            four[..chunk.len()].copy_from_slice(chunk);
            let mut rest = u32::from_be_bytes(four);
            let mut digits = ['('; 5];
            for digit in digits.iter_mut().rev() {
                let code = b'(' + (rest % BASE) as u8;
                *digit = if code == b'<' { '#' } else { char::from(code) };
                rest /= BASE;
            }
            text.extend(digits);
        }
        Self {
            bytes: bytes.len(),
            text,
        }
    }
}

/// Text of a JSON block: nothing in it can end the block.
pub fn json_block(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(value)?.replace('<', "\\u003c"))
}

/// The page.
pub fn render<C: Serialize>(entry: &Entry<'_>, live: &Live<'_, C>) -> Result<String> {
    #[derive(Serialize)]
    struct Body<'a, C: Serialize> {
        r: page::Page<'a>,
        live: &'a Live<'a, C>,
        script: &'a str,
    }
    let script = format!("{SCRIPT}{WHATIF}");
    let title = format!("{}: what if", short(&entry.view.name));
    let body = Body {
        r: page::build(1, entry),
        live,
        script: &script,
    };
    let policy = format!("script-src '{}' 'wasm-unsafe-eval'; ", hash(&script));
    let css = format!("{CSS}{STYLE}");
    let [_, parts @ ..] = REPORT;
    let templates = [&[file!("whatif.html")][..], &parts].concat();
    with_policy(&templates, title, (&css, &policy), &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_nothing_that_ends_it_and_gives_its_bytes_back() {
        let bytes: Vec<u8> = (0..4099u32).map(|i| ((i * i) >> 3) as u8).collect();
        let block = Block::of(&bytes);
        assert_eq!(block.bytes, bytes.len());
        assert!(!block.text.contains(['<', '&', '"', '\'']));
        let value = |c: u8| u32::from(if c == b'#' { b'<' } else { c } - b'(');
        let back = block.text.as_bytes().chunks(5).flat_map(|five| {
            let number = five.iter().fold(0u32, |n, c| n * 85 + value(*c));
            number.to_be_bytes()
        });
        let mut back: Vec<u8> = back.collect();
        back.truncate(block.bytes);
        assert_eq!(back, bytes);
    }

    #[test]
    fn json_of_a_block_ends_no_script() {
        let json = json_block(&"</script><!--").unwrap();
        assert!(!json.contains('<'));
        assert_eq!(
            serde_json::from_str::<String>(&json).unwrap(),
            "</script><!--"
        );
    }
}
