// Puts a program together whose code was taken apart to compress better (src/bin/xtask/parts.rs,
// where the format is told). A module that has its code is given back as it is.

// For each operation its operands: the number of a part for a LEB128 number, "a" an alignment (from
// no part: the natural one), "t" a table, "l" a list, "4" and "8" so many bytes (each from part 6, a
// table from part 4), "c" a constant, whose part the next operation says.
const OPERANDS = [];
const set = (from, to, parts) => { for (let i = from; i <= to; i++) OPERANDS[i] = parts; };
set(0x00, 0xff, []);
set(0x02, 0x04, [2]);
set(0x0c, 0x0d, [3]);
set(0x0e, 0x0e, ["t"]);
set(0x10, 0x10, [5]);
set(0x11, 0x11, [6, 6]);
set(0x1c, 0x1c, ["l"]);
set(0x20, 0x22, [7]);
set(0x23, 0x26, [6]);
set(0x3f, 0x40, [6]);
set(0xd0, 0xd0, [6]);
set(0xd2, 0xd2, [6]);
set(0x28, 0x35, ["a", 8]);
set(0x36, 0x3e, ["a", 9]);
set(0x41, 0x41, ["c"]);
set(0x42, 0x42, [11]);
set(0x43, 0x43, ["4"]);
set(0x44, 0x44, ["8"]);
const ALIGNMENT = "23230011001122232301012";
// In place of a constant: how far on in the data it is from the last one.
const PLACE = 0xf0;
const CONSTANTS = { 0x6a: 13, 0x36: 14, 0x10: 15, 0x46: 16, 0x21: 17, 0x6b: 18 };
// How many numbers an operation after 0xfc has.
const FURTHER = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

export function join(bytes) {
  let at = 8;
  const number = () => {
    let value = 0, shift = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * shift;
      shift *= 128;
    } while (byte > 127);
    return value;
  };
  while (at < bytes.length) {
    const start = at, id = bytes[at++], length = number(), end = at + length;
    if (id === 0 && number() === 5 && String.fromCharCode(...bytes.subarray(at, at + 5)) === "parts") {
      at += 5;
      const whole = new Uint8Array(number());
      whole.set(bytes.subarray(0, start));
      const count = number(), lengths = Array.from({ length: 19 }, number);
      const next = [];
      for (const length of lengths) {
        next.push(at);
        at += length;
      }
      const code = together(bytes, count, next, whole.length);
      let out = start;
      whole[out++] = 10;
      out = leb(whole, out, code.length);
      whole.set(code, out);
      whole.set(bytes.subarray(end), out + code.length);
      return whole;
    }
    at = end;
  }
  return bytes;
}

function leb(to, at, value) {
  for (; value > 127; value >>>= 7) to[at++] = (value & 127) | 128;
  to[at++] = value;
  return at;
}

// The code section: `next` says where each part goes on.
function together(bytes, count, next, most) {
  const code = new Uint8Array(most), body = new Uint8Array(most);
  let end = leb(code, 0, count), at = 0, place = 1 << 20;
  const copy = (part) => {
    let from = next[part], byte;
    do body[at++] = byte = bytes[from++]; while (byte > 127);
    next[part] = from;
  };
  const read = (part) => {
    let from = next[part], value = 0, shift = 0;
    do value |= (bytes[from] & 127) << shift, shift += 7; while (bytes[from++] > 127);
    next[part] = from;
    return value;
  };
  // A number that says how many follow.
  const counted = (part) => {
    const value = read(part);
    at = leb(body, at, value);
    return value;
  };
  const raw = (part, length) => { while (length--) body[at++] = bytes[next[part]++]; };
  for (let n = 0; n < count; n++) {
    at = 0;
    for (let groups = counted(1); groups > 0; groups--) copy(1), raw(1, 1);
    for (let open = 1; open > 0;) {
      const operation = body[at++] = bytes[next[0]++];
      if (operation === PLACE) {
        const away = read(12);
        place += (away >>> 1) ^ -(away & 1);
        body[at - 1] = 0x41;
        // Signed, and too large for three bytes.
        at = leb(body, at, place);
        if (body[at - 1] > 63) body[at - 1] |= 128, body[at++] = 0;
        continue;
      }
      if (operation === 0xfc) {
        const which = body[at++] = bytes[next[0]++];
        for (let i = FURTHER[which]; i > 0; i--) copy(6);
        continue;
      }
      if (operation >= 2 && operation <= 4) open++;
      else if (operation === 0x0b) open--;
      for (const operand of OPERANDS[operation]) {
        if (operand === "a") body[at++] = ALIGNMENT.charCodeAt(operation - 0x28) - 48;
        else if (operand === "t") for (let i = counted(4) + 1; i > 0; i--) copy(4);
        else if (operand === "l") for (let i = counted(6); i > 0; i--) copy(6);
        else if (operand === "4" || operand === "8") raw(6, +operand);
        else copy(operand === "c" ? CONSTANTS[bytes[next[0]]] ?? 10 : operand);
      }
    }
    end = leb(code, end, at);
    code.set(body.subarray(0, at), end);
    end += at;
  }
  return code.subarray(0, end);
}
