//! A JSON Schema, as editors and other programs use it.

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::Value;

pub(crate) struct Schema {
    compiled: Schemas,
    index: SchemaIndex,
}

impl Schema {
    pub(crate) fn new(schema: Value) -> Self {
        let mut compiler = Compiler::new();
        let mut compiled = Schemas::new();
        compiler.add_resource("schema.json", schema).unwrap();
        let index = compiler.compile("schema.json", &mut compiled).unwrap();
        Self { compiled, index }
    }

    /// What is wrong with a document; empty: it fits.
    pub(crate) fn problems(&self, document: &Value) -> Vec<String> {
        match self.compiled.validate(document, self.index) {
            Ok(()) => Vec::new(),
            Err(error) => vec![format!("{error:#}")],
        }
    }
}
