//! A program's code taken apart, so that it compresses better: a tenth of what a visit downloads.
//!
//! Code is instructions and what belongs to them: numbers of variables, offsets, constants. Lying in
//! a row they tell a compressor little of each other; each kind by itself, all operations first, then
//! all numbers of variables and so on, tells it much more. The module that comes out has a section
//! of its own (`parts`) in place of its code; `www/parts.js` puts the code together again before the
//! browser compiles it.
//!
//! Two things are not copied: the alignments of loads and stores, which are hints without meaning
//! for the program, come back as the natural ones; and constants that are places in the program's
//! data are told by how far they are from the last one. The other constants lie by what is done with
//! them next: what is added, stored, handed to a function and so on is each of its own kind.
//!
//! ```text
//! parts: length of the whole module, number of functions, length of each part, the parts
//! ```
//! All numbers are LEB128, as in wasm. Which operation has what follows from the table below,
//! which `parts.js` has too.

use super::Result;

/// The parts: operations, declared variables, then kinds of operands.
const PARTS: usize = 19;
const OPERATIONS: usize = 0;
const VARIABLES: usize = 1;
const PLACES: usize = 12;

/// Stands in the operations for an `i32.const` that is a place in the data: this range.
const PLACE: u8 = 0xf0;
const DATA: std::ops::Range<i64> = 1 << 20..1 << 21;

/// Name of the section.
const SECTION: &[u8] = b"parts";
const CODE: u8 = 10;

/// The part of an `i32.const` by the operation that comes next.
fn constants(next: u8) -> usize {
    match next {
        0x6a => 13,
        0x36 => 14,
        0x10 => 15,
        0x46 => 16,
        0x21 => 17,
        0x6b => 18,
        _ => 10,
    }
}

/// One operand of an operation.
#[derive(Clone, Copy)]
enum Operand {
    /// A LEB128 number, into that part.
    Number(usize),
    /// A LEB128 number, into the part that the next operation says.
    Constant,
    /// An alignment, which is dropped.
    Alignment,
    /// So many bytes.
    Bytes(usize, usize),
    /// A count, so many numbers, and one more.
    Table(usize),
    /// A count and so many numbers.
    List(usize),
}

use Operand::{Alignment, Bytes, Constant, List, Number, Table};

/// The operands of an operation; `None` for one that our programs do not use.
fn operands(operation: u8) -> Option<&'static [Operand]> {
    Some(match operation {
        0x02..=0x04 => &[Number(2)],
        0x0c | 0x0d => &[Number(3)],
        0x0e => &[Table(4)],
        0x10 => &[Number(5)],
        0x11 => &[Number(6), Number(6)],
        0x1c => &[List(6)],
        0x20..=0x22 => &[Number(7)],
        0x23..=0x26 | 0x3f | 0x40 | 0xd0 | 0xd2 => &[Number(6)],
        0x28..=0x35 => &[Alignment, Number(8)],
        0x36..=0x3e => &[Alignment, Number(9)],
        0x41 => &[Constant],
        0x42 => &[Number(11)],
        0x43 => &[Bytes(6, 4)],
        0x44 => &[Bytes(6, 8)],
        0x00 | 0x01 | 0x05 | 0x0b | 0x0f | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 => &[],
        _ => return None,
    })
}

/// The operands of an operation that begins with 0xfc.
fn further(operation: u8) -> Option<usize> {
    Some(match operation {
        0..=7 => 0,
        9 | 11 | 13 | 15..=17 => 1,
        8 | 10 | 12 | 14 => 2,
        _ => return None,
    })
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8]> {
        let end = self.at.checked_add(count);
        let taken = end.and_then(|end| self.bytes.get(self.at..end));
        self.at += count;
        taken.ok_or_else(|| "the program ends within its code".to_string())
    }

    fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// The bytes of a LEB128 number, and what it is.
    fn number(&mut self) -> Result<(&'b [u8], usize)> {
        let start = self.at;
        let (mut value, mut shift) = (0u64, 0);
        loop {
            let byte = self.byte()?;
            if shift < 64 {
                value |= u64::from(byte & 127) << shift;
            }
            shift += 7;
            if byte < 128 {
                return Ok((&self.bytes[start..self.at], value as usize));
            }
        }
    }
}

impl Reader<'_> {
    /// The constant that follows, if it is a place in the data: it is taken only then.
    fn place(&mut self) -> Option<i64> {
        let start = self.at;
        let (bytes, value) = self.number().ok()?;
        // Signed: a number of this size has its last bit clear, and is not longer than it must be.
        let value = value as i64;
        let positive = bytes.last().is_some_and(|last| last & 64 == 0);
        if positive && bytes.len() == 4 && DATA.contains(&value) {
            return Some(value);
        }
        self.at = start;
        None
    }
}

fn put(out: &mut Vec<u8>, mut number: usize) {
    while number > 127 {
        out.push(number as u8 | 128);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The module with its code in parts.
pub fn take_apart(module: &[u8]) -> Result<Vec<u8>> {
    let mut reader = Reader {
        bytes: module,
        at: 0,
    };
    let mut out = reader.take(8)?.to_vec();
    while reader.at < module.len() {
        let id = reader.byte()?;
        let length = reader.number()?.1;
        let content = reader.take(length)?;
        let (id, content) = match id {
            CODE => (0, code(content, module.len())?),
            _ => (id, content.to_vec()),
        };
        out.push(id);
        put(&mut out, content.len());
        out.extend(content);
    }
    Ok(out)
}

fn code(section: &[u8], whole: usize) -> Result<Vec<u8>> {
    let mut parts: [Vec<u8>; PARTS] = Default::default();
    let mut reader = Reader {
        bytes: section,
        at: 0,
    };
    let functions = reader.number()?.1;
    let mut last = DATA.start;
    for _ in 0..functions {
        let length = reader.number()?.1;
        let end = reader.at + length;
        function(&mut reader, &mut parts, &mut last)?;
        if reader.at != end {
            return Err("a function of the program does not end where it should".to_string());
        }
    }
    let mut out = Vec::new();
    put(&mut out, SECTION.len());
    out.extend(SECTION);
    put(&mut out, whole);
    put(&mut out, functions);
    for part in &parts {
        put(&mut out, part.len());
    }
    for part in parts {
        out.extend(part);
    }
    Ok(out)
}

/// `last`: the last place in the data that was met.
fn function(reader: &mut Reader, parts: &mut [Vec<u8>; PARTS], last: &mut i64) -> Result {
    let (bytes, groups) = reader.number()?;
    parts[VARIABLES].extend(bytes);
    for _ in 0..groups {
        parts[VARIABLES].extend(reader.number()?.0);
        parts[VARIABLES].push(reader.byte()?);
    }
    let mut open = 1;
    while open > 0 {
        let operation = reader.byte()?;
        if operation == 0x41
            && let Some(place) = reader.place()
        {
            parts[OPERATIONS].push(PLACE);
            let away = place - *last;
            // Small numbers for both directions.
            put(&mut parts[PLACES], ((away << 1) ^ (away >> 63)) as usize);
            *last = place;
            continue;
        }
        parts[OPERATIONS].push(operation);
        match operation {
            0x02..=0x04 => open += 1,
            0x0b => open -= 1,
            0xfc => {
                let which = reader.byte()?;
                parts[OPERATIONS].push(which);
                let count = further(which).ok_or_else(|| {
                    format!("parts.rs does not know the operation fc {which:02x}")
                })?;
                for _ in 0..count {
                    parts[6].extend(reader.number()?.0);
                }
                continue;
            }
            _ => {}
        }
        let operands = operands(operation)
            .ok_or_else(|| format!("parts.rs does not know the operation {operation:02x}"))?;
        for operand in operands {
            match *operand {
                Number(part) => parts[part].extend(reader.number()?.0),
                Constant => {
                    let bytes = reader.number()?.0;
                    let next = reader.bytes.get(reader.at).copied();
                    parts[constants(next.unwrap_or(0))].extend(bytes);
                }
                Alignment => {
                    if reader.byte()? > 3 {
                        return Err("parts.rs does not know such an alignment".to_string());
                    }
                }
                Bytes(part, count) => parts[part].extend(reader.take(count)?),
                Table(part) | List(part) => {
                    let (bytes, count) = reader.number()?;
                    parts[part].extend(bytes);
                    let more = usize::from(matches!(operand, Table(_)));
                    for _ in 0..count + more {
                        parts[part].extend(reader.number()?.0);
                    }
                }
            }
        }
    }
    Ok(())
}
