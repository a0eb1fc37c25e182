// Writes standard input to $F, in the way that the argument names.
// SPDX-License-Identifier: Apache-2.0
use std::{env, fs, io, io::Read, process::Command};

fn main() -> io::Result<()> {
    let name = env::var("F").unwrap();
    match env::args().nth(1).unwrap().as_str() {
        "write" => {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes)?;
            fs::write(name, bytes)
        }
        "copy" => fs::copy(env::var("INPUT").unwrap(), name).map(|_| ()),
        "create" => io::copy(&mut io::stdin(), &mut fs::File::create(name)?).map(|_| ()),
        "Command" => Command::new("cat").stdout(fs::File::create(name)?).status().map(|_| ()),
        "rename" => {
            fs::copy(env::var("INPUT").unwrap(), "aside")?;
            fs::rename("aside", name)
        }
        way => panic!("{way}"),
    }
}
