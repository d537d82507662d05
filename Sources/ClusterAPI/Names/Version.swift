/// The version of this program: written on everything it makes (`cnpg.io/operatorVersion`).
public enum Version {
  public static let matriarch = "0.1.0"
}
