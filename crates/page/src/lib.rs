//! The decision engine behind four functions that a page calls: numbers in, numbers out, texts in linear memory.
//!
//! No bindings generator, no import, no unsafe block. What is decided and said is core's (`cachewright_core::whatif`);
//! here bytes become questions, and answers bytes.

use std::cell::RefCell;

use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::price::PriceBook;
use cachewright_core::whatif::{Asked, Carried, Page, What};

/// Most bytes of one input.
const MOST: usize = 1 << 20;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static OUTPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static LOADED: RefCell<Loaded> = const { RefCell::new(Loaded::new()) };
}

/// What the page gave: catalog and prices until the options join them.
struct Loaded {
    catalog: Option<Catalog>,
    prices: Option<PriceBook>,
    page: Option<Page>,
}

impl Loaded {
    const fn new() -> Self {
        Self {
            catalog: None,
            prices: None,
            page: None,
        }
    }
}

/// Makes room for `n` bytes and says where; null where that is too much.
#[expect(unsafe_code, reason = "the name is what a page calls")]
#[unsafe(no_mangle)]
pub extern "C" fn input(n: usize) -> *mut u8 {
    if n > MOST {
        return std::ptr::null_mut();
    }
    INPUT.with_borrow_mut(|input| {
        input.clear();
        input.resize(n.max(1), 0);
        input.truncate(n);
        input.as_mut_ptr()
    })
}

/// Takes the input as 0 catalog, 1 prices, 2 options. Zero, or the length of what is wrong, negative.
#[expect(unsafe_code, reason = "the name is what a page calls")]
#[unsafe(no_mangle)]
pub extern "C" fn load(what: u32) -> i32 {
    told(take(what).map(|()| String::new()))
}

/// Answers the question of the input; `what` is a place in [`What::ALL`]. The length, or that of what is wrong, negative.
#[expect(unsafe_code, reason = "the name is what a page calls")]
#[unsafe(no_mangle)]
pub extern "C" fn recommend(what: u32) -> i32 {
    told(answer(what))
}

/// Where the last result is.
#[expect(unsafe_code, reason = "the name is what a page calls")]
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    OUTPUT.with_borrow(|output| output.as_ptr())
}

fn told(result: Result<String, String>) -> i32 {
    let (sign, text) = match result {
        Ok(text) => (1, text),
        // Nothing wrong has no length.
        Err(text) if text.is_empty() => (-1, "something is wrong".to_owned()),
        Err(text) => (-1, text),
    };
    OUTPUT.with_borrow_mut(|output| {
        *output = text.into_bytes();
        sign * output.len() as i32
    })
}

fn take(what: u32) -> Result<(), String> {
    INPUT.with_borrow(|input| {
        LOADED.with_borrow_mut(|loaded| {
            let damaged = |e: postcard::Error| format!("damaged: {e}");
            match what {
                0 => loaded.catalog = Some(postcard::from_bytes(input).map_err(damaged)?),
                1 => loaded.prices = Some(postcard::from_bytes(input).map_err(damaged)?),
                2 => {
                    let carried: Carried =
                        serde_json::from_slice(input).map_err(|e| format!("options: {e}"))?;
                    let (Some(catalog), Some(prices)) = (&loaded.catalog, &loaded.prices) else {
                        return Err("catalog and prices come first".to_owned());
                    };
                    loaded.page = Some(Page::new(catalog.clone(), prices.clone(), carried)?);
                }
                _ => return Err(format!("there is no part {what}")),
            }
            Ok(())
        })
    })
}

fn answer(what: u32) -> Result<String, String> {
    let what = usize::try_from(what).ok().and_then(|i| What::ALL.get(i));
    let what = *what.ok_or("there is no such answer")?;
    let asked: Asked = INPUT
        .with_borrow(|input| serde_json::from_slice(input))
        .map_err(|e| format!("the question: {e}"))?;
    LOADED.with_borrow(|loaded| {
        let page = loaded.page.as_ref().ok_or("nothing is loaded")?;
        page.ask(&asked, what)
    })
}
