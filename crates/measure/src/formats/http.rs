//! What an HTTP request does at a shared cache, and what its response tells of the object.
//!
//! One rule for all servers: status first, then method. It knows no log format.

use super::{Batch, Reject};
use crate::access::{Access, Op};

/// The operation of an HTTP request at a shared cache, or why it is none.
pub(crate) fn http_op(method: &[u8], status: u64) -> Result<Op, Reject> {
    if !(200..400).contains(&status) {
        return Err(Reject::Skip("error responses"));
    }
    match method {
        b"GET" => Ok(Op::Read),
        b"HEAD" => Ok(Op::Part),
        b"PUT" | b"POST" | b"PATCH" => Ok(Op::Write),
        b"DELETE" => Ok(Op::Delete),
        _ => Err(Reject::Skip("other methods")),
    }
}

/// One response as a read: what it shows of the object, and what it sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HttpRead {
    pub(crate) op: Op,
    /// Size of the object, or a lower bound of it.
    pub(crate) object: u64,
    sent: Option<u64>,
    is_range: bool,
    is_unchanged: bool,
}

impl HttpRead {
    /// A response whose only size is what was sent: a whole answer is the object, a part of it a
    /// lower bound, and headers tell nothing.
    pub(crate) fn of(op: Op, status: Option<u64>, sent: Option<u64>) -> Self {
        let is_head = op == Op::Part;
        let (op, object) = match (op, status, sent) {
            (Op::Read, Some(304), _) | (Op::Part, ..) => (Op::Part, 0),
            (Op::Read, Some(206), sent) => (Op::Part, sent.unwrap_or(0)),
            (Op::Read, _, None) => (Op::Part, 0),
            (op, _, sent) => (op, sent.unwrap_or(0)),
        };
        Self {
            op,
            object,
            sent,
            is_range: status == Some(206) && !is_head,
            is_unchanged: status == Some(304),
        }
    }

    /// The log tells more about the object than what was sent.
    pub(crate) const fn with_object(mut self, object: u64, is_whole: bool) -> Self {
        self.object = object;
        if is_whole && matches!(self.op, Op::Part) {
            self.op = Op::Read;
        } else if !is_whole && matches!(self.op, Op::Read) {
            self.op = Op::Part;
        }
        self
    }

    /// Adds the access, made of [`Self::op`] and [`Self::object`].
    pub(crate) fn push(self, access: Access, batch: &mut Batch) {
        if batch.leaves_out(access.time) {
            return;
        }
        if !self.op.is_read() {
            batch.accesses.push(access);
            return;
        }
        batch.sent.ranges += u64::from(self.is_range);
        batch.sent.unchanged += u64::from(self.is_unchanged);
        match self.sent {
            Some(sent) if self.op == Op::Read && sent == self.object => batch.accesses.push(access),
            Some(sent) => batch.sent(access, sent),
            None => batch.accesses.push(access),
        }
    }
}
