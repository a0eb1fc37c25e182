<?php
// Writes standard input to $F, in the way that the argument names.
// SPDX-License-Identifier: Apache-2.0
$name = getenv('F');
switch ($argv[1]) {
    case 'file_put_contents':
        exit(file_put_contents($name, STDIN) === false ? 1 : 0);
    case 'copy':
        exit(copy(getenv('INPUT'), $name) ? 0 : 1);
    case 'proc_open':
        exit(proc_close(proc_open('cat', [STDIN, ['file', $name, 'w'], STDERR], $pipes)));
    case 'fopen':
        $file = fopen($name, 'w') or exit(1);
        while (($line = fgets(STDIN)) !== false) {
            fwrite($file, $line);
        }
        exit(fclose($file) ? 0 : 1);
}
