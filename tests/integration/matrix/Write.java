// Writes standard input to $F, in the way that the argument names.
// SPDX-License-Identifier: Apache-2.0
import java.io.File;
import java.io.FileOutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

class Write {
    public static void main(String[] arguments) throws Exception {
        String name = System.getenv("F");
        switch (arguments[0]) {
        case "Files.write":
            Files.write(Path.of(name), System.in.readAllBytes());
            break;
        case "Files.copy":
            Files.copy(System.in, Path.of(name), StandardCopyOption.REPLACE_EXISTING);
            break;
        case "Files.move":
            Files.copy(System.in, Path.of("aside"));
            Files.move(Path.of("aside"), Path.of(name), StandardCopyOption.ATOMIC_MOVE);
            break;
        case "FileOutputStream":
            try (FileOutputStream file = new FileOutputStream(name)) {
                System.in.transferTo(file);
            }
            break;
        case "RandomAccessFile":
            try (RandomAccessFile file = new RandomAccessFile(name, "rw")) {
                file.write(System.in.readAllBytes());
            }
            break;
        case "ProcessBuilder":
            System.exit(new ProcessBuilder("cat")
                            .redirectInput(ProcessBuilder.Redirect.INHERIT)
                            .redirectOutput(new File(name))
                            .start()
                            .waitFor());
        }
    }
}
