// SPDX-License-Identifier: Apache-2.0
// Statistics of a text: words, letters, line lengths and checksums, with what Rust's own library
// offers for it. Prints the same in both worlds.
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Token {
    Word(String),
    Number(u128),
    Mark(char),
}

impl fmt::Display for Token {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Token::Word(word) => out.pad(word),
            Token::Number(number) => write!(out, "{:#x}", number),
            Token::Mark(mark) => write!(out, "{:?}", mark),
        }
    }
}

fn tokens(line: &str) -> Vec<Token> {
    let mut found = Vec::new();
    for part in line.split_whitespace() {
        let trimmed = part.trim_matches(|c: char| !c.is_alphanumeric());
        if let Ok(number) = trimmed.parse::<u128>() {
            found.push(Token::Number(number));
        } else if !trimmed.is_empty() {
            found.push(Token::Word(trimmed.to_lowercase()));
        }
        found.extend(part.chars().filter(|c| c.is_ascii_punctuation()).map(Token::Mark));
    }
    found
}

/// Running mean and variance.
#[derive(Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let step = value - self.mean;
        self.mean += step / self.count;
        self.squares += step * (value - self.mean);
    }
    fn deviation(&self) -> f64 {
        (self.squares / self.count).sqrt()
    }
}

trait Checksum {
    fn add(&mut self, bytes: &[u8]);
    fn value(&self) -> u128;
}

struct Fnv(u128);
struct Modular(u128);

impl Checksum for Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000000001000000000000000000013B);
        }
    }
    fn value(&self) -> u128 {
        self.0
    }
}

impl Checksum for Modular {
    fn add(&mut self, bytes: &[u8]) {
        const PRIME: u128 = (1 << 89) - 1;
        for byte in bytes {
            self.0 = ((self.0 << 8) + u128::from(*byte)) % PRIME;
        }
    }
    fn value(&self) -> u128 {
        self.0
    }
}

fn words(path: &str) -> io::Result<()> {
    let mut counts: HashMap<Token, usize> = HashMap::new();
    let mut letters: BTreeMap<char, u64> = BTreeMap::new();
    let mut lengths = Moments::default();
    for line in BufReader::new(File::open(path)?).lines() {
        let line = line?;
        lengths.add(line.chars().count() as f64);
        for token in tokens(&line) {
            *counts.entry(token).or_insert(0) += 1;
        }
        for letter in line.chars().filter(|c| c.is_alphabetic()) {
            *letters.entry(letter.to_uppercase().next().unwrap()).or_default() += 1;
        }
    }
    let mut ranking: Vec<_> = counts.iter().collect();
    ranking.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    println!("{} tokens, {} different", counts.values().sum::<usize>(), ranking.len());
    for (token, count) in ranking.iter().take(25) {
        println!("{:>6} {:·^14}|", count, token);
    }
    println!("{:.4} ± {:e}", lengths.mean, lengths.deviation());
    let total: u64 = letters.values().sum();
    for (letter, count) in &letters {
        let share = *count as f32 / total as f32;
        println!("{} U+{:04X} {:5.2}% {}", letter, u32::from(*letter), share * 100.0, share);
    }
    Ok(())
}

fn checksums(path: &str, written: &str) -> io::Result<()> {
    let content = fs::read(path)?;
    let mut sums: Vec<Box<dyn Checksum>> = vec![Box::new(Fnv(0x6c62272e07bb014262b821756295c58d)), Box::new(Modular(0))];
    for part in content.chunks(1000) {
        sums.iter_mut().for_each(|sum| sum.add(part));
    }
    let mut out = fs::OpenOptions::new().read(true).write(true).create(true).truncate(true).open(written)?;
    for sum in &sums {
        writeln!(out, "{:032x} {}", sum.value(), sum.value())?;
    }
    out.seek(SeekFrom::Start(33))?;
    let mut tail = String::new();
    out.read_to_string(&mut tail)?;
    println!("{}", tail.trim_end());
    println!("{}: {} bytes", written, fs::metadata(written)?.len());
    Ok(())
}

/// The first numbers whose only prime factors are 2, 3 and 5, beyond 64 bits.
fn heap() {
    let mut heap = BinaryHeap::from([std::cmp::Reverse(1u128)]);
    let (mut last, mut sum) = (0, 0u128);
    for _ in 0..30_000 {
        while heap.peek().map_or(false, |next| next.0 == last) {
            heap.pop();
        }
        last = heap.pop().unwrap().0;
        sum = sum.checked_add(last).unwrap_or(u128::MAX);
        heap.extend([2, 3, 5].iter().filter_map(|factor| last.checked_mul(*factor)).map(std::cmp::Reverse));
    }
    println!("{} {} {:?}", last, sum, last.leading_zeros());
}

fn numbers() {
    let floats = ["1e-320", "0.1", "123456789.125", "-inf", "1.7976931348623157e308", "nan", "5e-324", "1e23"];
    for text in floats {
        let value: f64 = text.parse().unwrap();
        println!("{} {:?} {:e} {:+.3} {:016x} {}", value, value, value, value, value.to_bits(), value as i32);
    }
    println!("{:?} {:?}", "12x".parse::<i64>().map_err(|e| e.to_string()), "300".parse::<u8>().map_err(|e| e.to_string()));
    println!("{:?} {:?} {:?}", i128::MIN, i64::MAX.checked_add(1), 7i128.pow(40) / -3);
    println!("{:?}", (1..=40u32).map(f64::from).map(f64::sqrt).fold(0.0, |a, b| a * 0.5 + b));
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["words", path] => words(path),
        ["checksums", path, written] => checksums(path, written),
        ["numbers"] => Ok(numbers()),
        ["heap"] => Ok(heap()),
        _ => Err(io::Error::new(ErrorKind::InvalidInput, "no such work")),
    };
    if let Err(error) = done {
        println!("failed: {:?}", error.kind());
        std::process::exit(3);
    }
}
