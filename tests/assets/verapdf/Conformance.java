// Says whether PDF files conform, by veraPDF: java Conformance.java 3a,ua1 FILE…
// One line per file and standard: PASS or FAIL, the standard, the file, then the rules broken (clause-test).

import java.io.FileInputStream;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.RuleId;

public class Conformance {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (int at = 1; at < arguments.length; at++) {
            for (String standard : arguments[0].split(",")) {
                System.out.println(judge(arguments[at], standard));
            }
        }
    }

    static String judge(String file, String standard) throws Exception {
        PDFAFlavour flavour = PDFAFlavour.fromString(standard);
        try (FileInputStream stream = new FileInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(stream, flavour)) {
            PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false);
            ValidationResult result = validator.validate(parser);
            TreeSet<String> broken = new TreeSet<>();
            for (RuleId rule : result.getFailedChecks().keySet()) {
                broken.add(rule.getClause() + "-" + rule.getTestNumber());
            }
            String verdict = result.isCompliant() ? "PASS" : "FAIL";
            return String.join("\t", verdict, standard, file, String.join(" ", broken));
        }
    }
}
