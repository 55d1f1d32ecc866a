import Crypto
import NIOSSL
import X509
