"""Why bytes are not what a format of `kiosk.proof` says, in French, by the English template of the error."""

from __future__ import annotations

_RECEIPT = {
    "receipt: at most {} bytes expected, {} found": "justificatif : {} octets au plus attendus, {} trouvés",
    "receipt: format {} expected": "justificatif : format {} attendu",
    "receipt: sha256, 64 hexadecimal digits, expected": (
        "justificatif : sha256, 64 chiffres hexadécimaux, attendu"
    ),
    "receipt: JSON that is not in its only form": "justificatif : du JSON qui n’est pas sous sa seule forme",
    "receipt: its sha256 is not that of the rest": "justificatif : son sha256 n’est pas celui du reste",
    "receipt: a field named in lower-case letters, digits and _ expected": (
        "justificatif : un champ nommé en minuscules, chiffres et _ attendu"
    ),
    "{}: an object with exactly {} expected": "{} : un objet qui a exactement {} attendu",
    "{}: a list expected": "{} : une liste attendue",
    "{}: a text of at most {} characters expected": "{} : un texte de {} caractères au plus attendu",
    "{}: at most {} bytes expected": "{} : {} octets au plus attendus",
    "{}: at most {} expected": "{} : {} au plus attendus",
    "path: at most {} hashes of {} bytes expected": "chemin : {} empreintes de {} octets au plus attendues",
    "receipt: an index from 0 to {} expected": "justificatif : un rang de 0 à {} attendu",
    "receipt: either a promise or a proof expected": (
        "justificatif : soit une promesse, soit une preuve attendue"
    ),
    "receipt: a token or an earlier checkpoint expects a proof": (
        "justificatif : un jeton ou un point antérieur ne va pas sans preuve"
    ),
    "receipt: disclosures sorted by field, each once, expected": (
        "justificatif : des données jointes triées par champ, chacun une fois, attendues"
    ),
    "receipt: not JSON in UTF-8": "justificatif : ce n’est pas du JSON en UTF-8",
    "receipt: a character that cannot be written in UTF-8": (
        "justificatif : un caractère qui ne s’écrit pas en UTF-8"
    ),
    "receipt: it cannot be written canonically": "justificatif : il n’a pas de forme canonique",
    "receipt: the statement of a change of key expected": (
        "justificatif : l’enregistrement d’un changement de clé attendu"
    ),
}
_STATEMENT = {
    "statement: at most {} bytes expected, {} to write": (
        "enregistrement : {} octets au plus attendus, {} à écrire"
    ),
    "statement: at most {} bytes expected, {} found": (
        "enregistrement : {} octets au plus attendus, {} trouvés"
    ),
    "statement: JSON that is not in its canonical form": (
        "enregistrement : du JSON qui n’est pas sous sa forme canonique"
    ),
    "statement: format {} expected": "enregistrement : format {} attendu",
    "statement: unknown kind {!r}": "enregistrement : genre inconnu, {!r}",
    "statement: commitments must be an object of strings": (
        "enregistrement : « commitments » est un objet de textes"
    ),
    "statement cannot be written canonically: {}": "enregistrement sans forme canonique : {}",
    "statement: not canonical JSON": "enregistrement : ce n’est pas du JSON canonique",
    "{}: an object expected": "{} : un objet attendu",
    "{}: exactly {} expected": "{} : exactement {} attendus",
    "{}.{}: absent rather than empty": "{}.{} : absent plutôt que vide",
    "{}.commitments: some of {} expected": "{}.commitments : certains de {} attendus",
    "{}: {} expected": "{} : {} attendu",
    "the value given for {!r} is not the one that was committed": (
        "la valeur donnée pour {!r} n’est pas celle que l’enregistrement engage"
    ),
    "salt of {!r}: {} bytes expected, {} found": "sel de {!r} : {} octets attendus, {} trouvés",
    "field name {!r}: empty, or holds a null character": (
        "nom de champ {!r} : vide, ou avec un caractère nul"
    ),
    "the line is not one of that day's": "la ligne n’est pas de cette journée",
    "exposure: a digest of 64 hexadecimal digits expected": (
        "relevé : une empreinte de 64 chiffres hexadécimaux attendue"
    ),
    "statement: it names no text": "enregistrement : il ne nomme aucun texte",
    "statement: unknown environment {!r}": "enregistrement : environnement inconnu, {!r}",
    "a statement of environment {!r} signed by a key of another": (
        "un enregistrement d’environnement {!r}, signé par une clé d’un autre"
    ),
    "made by a demonstration": "fait par une démonstration",
    "the statement commits to no field {!r}": "l’enregistrement n’engage aucun champ {!r}",
    "the text given has hash {}, the statement names {}": (
        "le texte donné a l’empreinte {}, l’enregistrement nomme {}"
    ),
    "statement: no comparison was shown": "enregistrement : aucune comparaison n’a été montrée",
    "the comparison given has hash {}, the statement names {}": (
        "la comparaison donnée a l’empreinte {}, l’enregistrement nomme {}"
    ),
    "the comparison given leads to another text than the statement's": (
        "la comparaison donnée mène à un autre texte que celui de l’enregistrement"
    ),
    "the comparison given starts from another text than the one given": (
        "la comparaison donnée part d’un autre texte que celui qui est donné"
    ),
    "comparison: at most {} bytes expected, {} found": "comparaison : {} octets au plus attendus, {} trouvés",
    "comparison: its {} text is not the one whose hash it names": (
        "comparaison : son {} texte n’est pas celui dont elle nomme l’empreinte"
    ),
    "comparison: format {} expected": "comparaison : format {} attendu",
    "comparison: {} expected ({})": "comparaison : {} attendu ({})",
}
_SIGNED = {
    "note: a key to sign with expected": "note : une clé pour signer attendue",
    "note: at most {} characters expected, {} found": "note : {} caractères au plus attendus, {} trouvés",
    "note: a text, an empty line and signature lines expected": (
        "note : un texte, une ligne vide et des lignes de signature attendus"
    ),
    "note: at most {} signatures expected, {} found": "note : {} signatures au plus attendues, {} trouvées",
    "note: lines of text without control characters expected": (
        "note : des lignes de texte sans caractère de commande attendues"
    ),
    "note: a signature line is « — name base64 »": "note : une ligne de signature est « — nom base64 »",
    "note: a key id and a signature expected": "note : un identifiant de clé et une signature attendus",
    "note: a character that cannot be written in UTF-8": "note : un caractère qui ne s’écrit pas en UTF-8",
    "signed by {}: none of the trusted keys": "signé par {} : aucune des clés de confiance",
    "key name {!r}: empty, or holds a space or a plus sign": (
        "nom de clé {!r} : vide, ou avec une espace ou un signe plus"
    ),
    "{}: not base64": "{} : ce n’est pas du base64",
    "{}: base64 that is not in its only form": "{} : du base64 qui n’est pas sous sa seule forme",
    "public key of {}: {} bytes expected, {} found": "clé publique de {} : {} octets attendus, {} trouvés",
    "verifier key: name+hash+base64 expected": "clé de vérification : nom+empreinte+base64 attendu",
    "verifier key: an Ed25519 key of type {} expected": (
        "clé de vérification : une clé Ed25519 de type {} attendue"
    ),
    "verifier key {}: its hash does not match; was it copied whole?": (
        "clé de vérification {} : son empreinte ne correspond pas ; est-elle copiée en entier ?"
    ),
    "the signature of {} is not that of this text": "la signature de {} n’est pas celle de ce texte",
    "the signed hash is not that of the statement": "l’empreinte signée n’est pas celle de l’enregistrement",
    "signed under the name of a demonstration; its key is not given here": (
        "signé au nom d’une démonstration, dont la clé n’est pas donnée ici"
    ),
    "a change of key from {} to another ledger, {}": "un changement de clé de {} à un autre registre, {}",
    "signed by a key that was revoked, and no token shows that it was before": (
        "signé par une clé révoquée, et aucun jeton ne montre que c’était avant"
    ),
    "cosignature: a time from 1970 on, with its zone, expected": (
        "cosignature : une heure depuis 1970, avec son fuseau, attendue"
    ),
    "{} witnesses expected, {} found": "{} témoins attendus, {} trouvés",
    "cosignature of {}: a time and an Ed25519 signature expected": (
        "cosignature de {} : une heure et une signature Ed25519 attendues"
    ),
    "the cosignature of {} is not that of this checkpoint": (
        "la cosignature de {} n’est pas celle de ce point du registre"
    ),
    "cosignature of {}: its time is out of range": "cosignature de {} : son heure est hors limites",
    "no checkpoint yet that witnesses could have seen": (
        "aucun point du registre encore que des témoins auraient pu voir"
    ),
    "trust: at most {} characters expected, {} found": (
        "confiance : {} caractères au plus attendus, {} trouvés"
    ),
    "trust: a quorum of {} expects as many witnesses": "confiance : un quorum de {} veut autant de témoins",
    "trust, line {}: {}": "confiance, ligne {} : {}",
    "certificate: DER expected": "certificat : du DER attendu",
    "an instant 2027-03-01T00:00:00Z expected": "un instant 2027-03-01T00:00:00Z attendu",
    "no such instant: {}": "un instant qui n’existe pas : {}",
    "a key, or « ledger », « witness », « quorum », « authority », « seal », « revoked » and what they are"
    " about, each once, expected": (
        "une clé, ou « ledger », « witness », « quorum », « authority », « seal », « revoked » et ce dont ils"
        " parlent, chacun une fois, attendus"
    ),
}
_TREE = {
    "consistency: at most {} lines expected": "cohérence : {} lignes au plus attendues",
    "consistency: a side and a hash a line expected": (
        "cohérence : un côté et une empreinte par ligne attendus"
    ),
    "checkpoint: three lines expected, origin, size and root": (
        "point du registre : trois lignes attendues, origine, taille et racine"
    ),
    "checkpoint: 0 to {} leaves expected, {} found": (
        "point du registre : 0 à {} feuilles attendues, {} trouvées"
    ),
    "checkpoint: a root of {} bytes expected": "point du registre : une racine de {} octets attendue",
    "checkpoint: a tree without leaves has another root": (
        "point du registre : un arbre sans feuille a une autre racine"
    ),
    "leaf {}: the tree has {} leaves, counted from 0": "feuille {} : l’arbre a {} feuilles, comptées de 0",
    "consistency from {} leaves to {}: a tree never shrinks": (
        "cohérence de {} feuilles à {} : un arbre ne rétrécit jamais"
    ),
    "inclusion: the index of a leaf counts from 0": "inclusion : le rang d’une feuille se compte de 0",
    "inclusion: leaf {} is not in a tree of {} leaves": (
        "inclusion : la feuille {} n’est pas dans un arbre de {} feuilles"
    ),
    "inclusion: the path is shorter than the tree is high": (
        "inclusion : le chemin est plus court que l’arbre n’est haut"
    ),
    "inclusion: the path is longer than the tree is high": (
        "inclusion : le chemin est plus long que l’arbre n’est haut"
    ),
    "inclusion: the path leads to another root": "inclusion : le chemin mène à une autre racine",
    "consistency: {} leaves, then {}: a tree never shrinks": (
        "cohérence : {} feuilles, puis {} : un arbre ne rétrécit jamais"
    ),
    "consistency: two trees of {} leaves have different roots": (
        "cohérence : deux arbres de {} feuilles ont des racines différentes"
    ),
    "consistency: the root of a tree without leaves is another one": (
        "cohérence : un arbre sans feuille a une autre racine"
    ),
    "consistency: the path leads to another root of the first tree": (
        "cohérence : le chemin mène à une autre racine du premier arbre"
    ),
    "consistency: the path leads to another root of the second tree": (
        "cohérence : le chemin mène à une autre racine du second arbre"
    ),
    "consistency: the path is empty": "cohérence : le chemin est vide",
    "consistency: the path is shorter than the tree is high": (
        "cohérence : le chemin est plus court que l’arbre n’est haut"
    ),
    "consistency: the path is longer than the tree is high": (
        "cohérence : le chemin est plus long que l’arbre n’est haut"
    ),
    "consistency: no path is needed between these trees": (
        "cohérence : entre ces arbres, il n’y a pas de chemin"
    ),
    "tree of {} leaves: 0 to {} expected": "arbre de {} feuilles : 0 à {} attendues",
    "{}: a hash is {} bytes": "{} : une empreinte est de {} octets",
    "frontier of {} leaves: {} hashes expected": "bord d’un arbre de {} feuilles : {} empreintes attendues",
    "tile path: tile/<level>/<number>[.p/<width>] expected": (
        "chemin de tuile : tile/<niveau>/<numéro>[.p/<largeur>] attendu"
    ),
    "tile path: not in its only form": "chemin de tuile : il n’est pas sous sa seule forme",
    "{}: {} hashes of {} bytes expected": "{} : {} empreintes de {} octets attendues",
    "tile {} of level {}: out of range": "tuile {} du niveau {} : hors limites",
    "tile: 1 to {} hashes expected, {} found": "tuile : 1 à {} empreintes attendues, {} trouvées",
    "tree of {} leaves: no complete subtree {} of level {}": (
        "arbre de {} feuilles : pas de sous-arbre complet {} au niveau {}"
    ),
    "tlog-proof: at most {} bytes expected, {} to write": (
        "tlog-proof : {} octets au plus attendus, {} à écrire"
    ),
    "tlog-proof: at most {} bytes expected, {} found": "tlog-proof : {} octets au plus attendus, {} trouvés",
    "tlog-proof: the line {}, an index, hashes and a checkpoint expected": (
        "tlog-proof : la ligne {}, un rang, des empreintes et un point du registre attendus"
    ),
    "tlog-proof: a line « index » and a whole number expected": (
        "tlog-proof : une ligne « index » et un nombre entier attendus"
    ),
    "tlog-proof: an index from 0 to {} expected": "tlog-proof : un rang de 0 à {} attendu",
    "tlog-proof: at most {} hashes expected": "tlog-proof : {} empreintes au plus attendues",
    "tlog-proof: hashes of {} bytes expected": "tlog-proof : des empreintes de {} octets attendues",
    "tlog-proof: extra data is left out when there is none": (
        "tlog-proof : les données jointes ne s’écrivent pas quand il n’y en a pas"
    ),
    "tlog-proof: not UTF-8": "tlog-proof : ce n’est pas de l’UTF-8",
    "tlog-proof: the statement as extra data expected": (
        "tlog-proof : l’enregistrement attendu parmi les données jointes"
    ),
}
_TIME = {
    "the statement says a time after that of its token": (
        "l’enregistrement dit une heure après celle de son jeton"
    ),
    "the statement says a time before that of the token that it names": (
        "l’enregistrement dit une heure avant celle du jeton qu’il nomme"
    ),
    "the statement names a checkpoint that was made after it": (
        "l’enregistrement nomme un point du registre qui a été fait après lui"
    ),
    "the statement names a checkpoint that holds it": (
        "l’enregistrement nomme un point du registre qui le contient"
    ),
    "the statement names a token on a later checkpoint than the one that it names": (
        "l’enregistrement nomme un jeton sur un point du registre plus tardif que celui qu’il nomme"
    ),
    "an earlier token, and the statement names none": (
        "un jeton antérieur, et l’enregistrement n’en nomme aucun"
    ),
    "the earlier token is not the one that the statement names": (
        "le jeton antérieur n’est pas celui que l’enregistrement nomme"
    ),
    "the statement names another checkpoint of the same size": (
        "l’enregistrement nomme un autre point du registre de la même taille"
    ),
    "the earlier checkpoint is of another ledger": "le point antérieur est d’un autre registre",
    "time token: {}": "jeton d’horodatage : {}",
    "time token: hash {}; SHA-256, SHA-384 or SHA-512 expected": (
        "jeton d’horodatage : empreinte {} ; SHA-256, SHA-384 ou SHA-512 attendu"
    ),
    "time token: what it says is not what was signed": (
        "jeton d’horodatage : ce qu’il dit n’est pas ce qui a été signé"
    ),
    "time token: it does not hold the certificate that its signature names": (
        "jeton d’horodatage : il n’a pas le certificat que sa signature nomme"
    ),
    "time token: no root that is trusted here issued its certificate": (
        "jeton d’horodatage : aucune racine de confiance n’a émis son certificat"
    ),
    "time token: no trusted root but through a hash other than SHA-2": (
        "jeton d’horodatage : aucune racine de confiance, sinon par une empreinte autre que SHA-2"
    ),
    "time token: it is about another text": "jeton d’horodatage : il porte sur un autre texte",
    "time token: its signature is not that of its certificate": (
        "jeton d’horodatage : sa signature n’est pas celle de son certificat"
    ),
    "time token: the certificate « {} » was not in force at {:%Y-%m-%dT%H:%M:%SZ}": (
        "jeton d’horodatage : le certificat « {} » n’était pas en vigueur le {:%Y-%m-%dT%H:%M:%SZ}"
    ),
    "authority {}: a certificate (DER) expected": "autorité {} : un certificat (DER) attendu",
    "an accuracy of at most a day expected": "une précision d’un jour au plus attendue",
    "a certificate with a positive number expected": "un certificat de numéro positif attendu",
    "a signature RSA (PKCS #1, 1.5) or ECDSA, of the certificate's key, expected": (
        "une signature RSA (PKCS #1, 1.5) ou ECDSA, de la clé du certificat, attendue"
    ),
    "at most {} bytes expected, {} found": "{} octets au plus attendus, {} trouvés",
    "signed data expected": "des données signées attendues",
    "at most {} certificates expected, {} found": "{} certificats au plus attendus, {} trouvés",
    "one hash for the signature expected, two found": (
        "une seule empreinte pour la signature attendue, deux trouvées"
    ),
    "content {} expected, {} found": "contenu {} attendu, {} trouvé",
    "content type and digest expected among the signed attributes": (
        "type du contenu et empreinte attendus parmi les attributs signés"
    ),
    "the signer's certificate expected among the signed attributes": (
        "le certificat du signataire attendu parmi les attributs signés"
    ),
    "signed attributes of a content {} expected": "attributs signés d’un contenu {} attendus",
    "signed attribute {}: one value expected": "attribut signé {} : une seule valeur attendue",
    "version {} expected, {} found": "version {} attendue, {} trouvée",
    "DER: tag {:#04x} expected, {:#04x} found": "DER : étiquette {:#04x} attendue, {:#04x} trouvée",
    "DER: tag {:#04x} expected, {} found": "DER : étiquette {:#04x} attendue, {} trouvée",
    "DER: nothing expected, tag {:#04x} found": "DER : rien n’est attendu, étiquette {:#04x} trouvée",
    "DER: NULL holds nothing": "DER : NULL ne contient rien",
    "DER: {} bytes after the end": "DER : {} octets après la fin",
    "DER: a tag and a length expected": "DER : une étiquette et une longueur attendues",
    "DER: {} bytes expected, {} found": "DER : {} octets attendus, {} trouvés",
    "DER: an integer in its shortest form expected": "DER : un entier sous sa forme la plus courte attendu",
    "DER: an object identifier expected": "DER : un identifiant d’objet attendu",
    "DER: an object identifier in its shortest form expected": (
        "DER : un identifiant d’objet sous sa forme la plus courte attendu"
    ),
    "DER: a definite length in its shortest form expected": (
        "DER : une longueur définie sous sa forme la plus courte attendue"
    ),
    "DER: a time like 20261122080000Z expected": "DER : une heure telle que 20261122080000Z attendue",
    "DER: at most {} elements expected in one": "DER : {} éléments au plus attendus dans un seul",
}
FORMATS = {**_RECEIPT, **_STATEMENT, **_SIGNED, **_TREE, **_TIME}
