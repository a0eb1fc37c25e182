// Writes standard input to $F, in the way that the argument names.
// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import fs from "node:fs";

const { F, INPUT } = process.env;
const ways = {
    writeFileSync: () => fs.writeFileSync(F, fs.readFileSync(INPUT)),
    appendFileSync: () => fs.appendFileSync(F, fs.readFileSync(INPUT)),
    copyFileSync: () => fs.copyFileSync(INPUT, F),
    renameSync: () => {
        fs.copyFileSync(INPUT, "aside");
        fs.renameSync("aside", F);
    },
    spawn: () => spawn("cat", { stdio: ["inherit", fs.openSync(F, "w"), "inherit"] }),
    promises: () => fs.promises.writeFile(F, fs.createReadStream(INPUT)),
    createWriteStream: () => fs.createReadStream(INPUT).pipe(fs.createWriteStream(F)),
};
await ways[process.argv[2]]();
